/** A token, and for how long it is good: milliseconds, or Infinity for one that does not end. */
export interface Token {
  readonly value: string;
  readonly goodFor: number;
}

/** Where tokens come from; `fresh` asks for another one although the last is still good. */
export type TokenSource = (fresh: boolean) => Promise<Token>;

export const EARLY_MS = 60_000; // before its end, or for a short one a third of its time
export const RETRY_MS = 10_000;

/** Has a fresh token ready before the last one ends, so that a connection goes on instead of being cut (4001). */
export class Renewal {
  #held = '';
  #dueAt = Infinity;
  #asking = false;

  constructor(
    private readonly source: TokenSource,
    private readonly monotonic: () => number
  ) {}

  /** For a new connection. Rejects when somebody has to sign in again. */
  async take(): Promise<string> {
    return this.#hold(await this.source(false));
  }

  /** A fresh token when it is time for one; null otherwise, and when none can be had for now. */
  async renewed(): Promise<string | null> {
    if (this.#asking || this.monotonic() < this.#dueAt) return null;
    this.#asking = true;
    const before = this.#held;
    try {
      const value = this.#hold(await this.source(true));
      if (value !== before) return value;
    } catch {
      // The old one is still good; when it has ended, the next connection asks again and says what is wrong.
    } finally {
      this.#asking = false;
    }
    this.#dueAt = this.monotonic() + RETRY_MS;
    return null;
  }

  #hold({ value, goodFor }: Token): string {
    this.#held = value;
    this.#dueAt = this.monotonic() + goodFor - Math.min(EARLY_MS, goodFor / 3);
    return value;
  }
}
