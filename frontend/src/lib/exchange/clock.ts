/**
 * The exchange's clock as seen from here: how far it is from ours, and how old what arrives is.
 *
 * The offset is taken from round trips, of which the shortest of the last few is the least wrong: the exchange read its
 * clock somewhere between our sending and our receiving. `monotonic` counts milliseconds.
 */

import { milliseconds, nanoseconds } from './units';

const ROUND_TRIPS = 8; // remembered: some minutes, within which clocks hardly drift

interface RoundTrip {
  readonly took: number;
  readonly offset: number;
}

export class ServerClock {
  #roundTrips: RoundTrip[] = [];
  #offset = 0; // of the exchange's time to ours, in milliseconds
  #arrivedAt = 0;
  #lag = 0;

  constructor(private readonly monotonic: () => number) {
    this.#offset = Date.now() - monotonic(); // until the first round trip
  }

  /** Forgets what was measured: another machine may have another clock. */
  restart(): void {
    this.#roundTrips = [];
  }

  roundTrip(sentAt: number, serverTime: bigint): void {
    const now = this.monotonic();
    const offset = milliseconds(serverTime) - (sentAt + now) / 2;
    this.#roundTrips.push({ took: now - sentAt, offset });
    if (this.#roundTrips.length > ROUND_TRIPS) this.#roundTrips.shift();
    const best = this.#roundTrips.reduce((one, another) => (another.took < one.took ? another : one));
    this.#offset = best.offset;
    this.#arrivedAt = now;
    this.#lag = best.took / 2;
  }

  /** The exchange's time in nanoseconds since the epoch. */
  now(): bigint {
    return nanoseconds(this.monotonic() + this.#offset);
  }

  /** Notes that something has just come which the exchange stamped with `serverTime`. */
  arrived(serverTime: bigint): void {
    this.#arrivedAt = this.monotonic();
    this.#lag = Math.max(0, this.#arrivedAt + this.#offset - milliseconds(serverTime));
  }

  /** How old the last thing was that came, in milliseconds, when it came. */
  get lag(): number {
    return this.#lag;
  }

  /** Milliseconds since anything was heard. */
  get silence(): number {
    return this.monotonic() - this.#arrivedAt;
  }
}
