/** A replay as somebody watches it: loads its facts page by page, plays, and says when there is something new to show. */

import { sentence } from './desk.svelte';
import type { Exchange } from '#lib/exchange/exchange.ts';
import { PAGE, factsAfter, patiently } from '#lib/exchange/reading.ts';
import { Replay, playOn } from '#lib/exchange/replay.ts';

/** So many commits are read without being asked for: a class makes fewer in a day, and a browser holds them with ease. */
const READ_AT_ONCE = 50_000;

export const SPEEDS = [1, 2, 5, 10, 20, 50, 100] as const;

export class Replaying {
  readonly replay: Replay;
  /** Grows with whatever is shown. */
  frame = $state(0);
  playing = $state(false);
  speed = $state<number>(10);
  loading = $state(false);
  /** Whether the exchange has more that was not read. */
  more = $state(true);
  problem = $state('');
  #after = 1n;
  #gone = false;
  #playhead = 0n;
  #wanted: bigint | null = null; // a sequence that was asked for and is not loaded yet

  constructor(
    private readonly exchange: Exchange,
    marketId: bigint
  ) {
    this.replay = new Replay(marketId);
  }

  get count(): number {
    void this.frame;
    return this.replay.commits.length;
  }

  get position(): number {
    void this.frame;
    return this.replay.position;
  }

  /** Reads on from what is loaded, a bounded stretch; what is read can be watched at once. */
  async load(): Promise<void> {
    if (this.loading) return;
    this.loading = true;
    this.problem = '';
    const until = this.replay.commits.length + READ_AT_ONCE;
    try {
      do {
        const page = await patiently(() => factsAfter(this.exchange, this.replay.marketId, this.#after, PAGE));
        if (this.#gone) return;
        this.replay.append(page.messages);
        this.more = page.more;
        if (page.next) this.#after = page.next;
        if (this.#wanted !== null) this.goTo(this.#wanted);
        this.frame += 1;
      } while (this.more && this.replay.commits.length < until);
      this.#wanted = null;
    } catch (error) {
      this.problem = sentence(error);
    } finally {
      this.loading = false;
    }
  }

  /** Goes to what was there at a sequence, as soon as it is loaded. */
  goTo(sequence: bigint): void {
    const last = this.replay.commits[this.replay.commits.length - 1]?.sequence ?? 0n;
    this.#wanted = sequence > last && this.more ? sequence : null;
    this.#show(this.replay.positionAt(sequence));
  }

  seek(position: number): void {
    this.#wanted = null;
    this.#show(position);
  }

  #show(position: number): void {
    this.replay.seek(position);
    this.#playhead = this.replay.current?.time ?? 0n;
    this.frame += 1;
  }

  /** One event on or back; playing stops. */
  step(by: number): void {
    this.playing = false;
    this.seek(this.position + by);
  }

  toggle(): void {
    this.#wanted = null;
    if (!this.playing && this.position >= this.count) this.seek(1);
    this.playing = !this.playing;
    if (this.playing) this.#play(performance.now());
  }

  /** Stops everything: nobody watches any more. */
  leave(): void {
    this.#gone = true;
    this.playing = false;
  }

  #play(since: number): void {
    requestAnimationFrame((now) => {
      if (!this.playing) return;
      this.#playhead = playOn(this.replay, this.#playhead, Math.max(0, now - since), this.speed);
      const reached = this.replay.positionAtTime(this.#playhead);
      if (reached !== this.replay.position) {
        this.replay.seek(reached);
        this.frame += 1;
      }
      if (reached >= this.replay.commits.length && !this.loading) this.playing = false;
      else this.#play(now);
    });
  }
}
