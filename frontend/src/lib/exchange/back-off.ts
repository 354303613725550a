/**
 * How long to wait before the next attempt, by why the last connection ended: the same rules as the bot client's.
 *
 * An exchange that said that it restarts is expected back at once: pages wait as long as it asked and as much again at
 * random, and then ask often, for a minute. What ends without a word may be down for long, and everybody's at once:
 * waits are random up to a limit that doubles with each attempt.
 */

export const FIRST_MS = 500; // upper end of the first random wait; it doubles each time
export const LAST_MS = 10_000; // upper end of the longest: spreads thousands, and is bearable for one
export const RESTART_LAST_MS = 1_500; // the same while a restart is expected to be over at any moment
const RESTART_MS = 60_000; // for so long after the last sign of a restart
const STABLE_MS = 2_000; // live for so long, and the next drop starts with the shortest wait again

export interface Drop {
  /** For how long the connection was live; 0 for never. */
  wasLive: number;
  /** Whether the exchange said that it restarts. */
  restarts: boolean;
  /** How long it asked to wait at least. */
  asked: number;
}

export class BackOff {
  #attempt = 0;
  #restartingUntil = -Infinity;

  constructor(private readonly random: () => number) {}

  /** Milliseconds to wait after a connection that ended `now`. */
  wait(now: number, { wasLive, restarts, asked }: Drop): number {
    if (wasLive >= STABLE_MS) {
      this.#attempt = 0;
      this.#restartingUntil = -Infinity;
    }
    if (restarts) {
      if (wasLive) this.#attempt = 0;
      this.#restartingUntil = now + RESTART_MS;
    }
    const last = now < this.#restartingUntil ? RESTART_LAST_MS : LAST_MS;
    const most = Math.min(last, FIRST_MS * 2 ** this.#attempt);
    this.#attempt = Math.min(this.#attempt + 1, 16);
    return asked + this.random() * (restarts ? Math.max(asked, most) : most);
  }
}
