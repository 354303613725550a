/** When the page shows what has changed: at most once per animation frame, however much changes. */

const BEAT_MS = 100;

export type Schedule = (show: () => void) => void;

export class Pulse {
  #frame = $state(0);
  #beat = $state(0);
  #waiting = false;
  #beating = false;

  constructor(
    private readonly schedule: Schedule,
    private readonly scheduleBeat: Schedule = (show) => void setTimeout(show, BEAT_MS)
  ) {}

  /** Grows when there is something new to show. Reading it in markup or a derived value is a subscription. */
  get frame(): number {
    return this.#frame;
  }

  /** The same for what costs much to draw and is looked at rather than read, such as charts: ten times a second. */
  get beat(): number {
    return this.#beat;
  }

  /** Says that what is shown is no longer what is known; heard in the next animation frame, once. */
  changed(): void {
    if (!this.#beating) {
      this.#beating = true;
      this.scheduleBeat(() => {
        this.#beating = false;
        this.#beat += 1;
      });
    }
    if (this.#waiting) return;
    this.#waiting = true;
    this.schedule(() => {
      this.#waiting = false;
      this.#frame += 1;
    });
  }
}
