/**
 * The life of the page's connections, one after the other, until somebody signs out or the exchange hangs up for good.
 *
 * Whatever goes wrong in one connection stays in it: the next one is tried with back-off and full jitter, so that a class
 * does not come back as one. A connection that says nothing for too long is cut: the exchange says something every 5 s.
 * One that brings news while nothing of ours arrives is found by asking for a sign of life.
 */

import { fromBinary } from '@bufbuild/protobuf';
import { BackOff } from './back-off';
import { ComeBackLater, Ended, Refused } from './errors';
import { Renewal, type TokenSource } from './renewal';
import type { Session } from './session';
import { ServerFrameSchema } from '#lib/gen/exchange/v1/server_pb.ts';

export const DIAL_MS = 10_000; // a slow network needs less
export const MUTE_MS = 15_000; // the exchange says something every 5 s, so three were lost
export const PROBE_MS = 20_000; // between pings, and for an answer to one: longer than silence may last
export const WATCH_MS = 1_000; // how often that is looked at

const TOKEN_EXPIRED = 4001;
/** Close codes that say: back in a moment. */
const RESTARTS = new Set([1001, 1012]);

/** Close codes after which nobody comes back by themselves. */
const FINAL = new Set([1000, 1008, 1009, 4001, 4002, 4004]);
const SENTENCES: Record<number, string> = {
  1000: 'the exchange said goodbye',
  1001: 'the exchange is going away',
  1006: 'the connection broke',
  1008: 'the exchange does not accept this sign-in',
  1009: 'the exchange does not take messages of that size',
  1011: 'the exchange met a bug',
  1012: 'the exchange restarts',
  1013: 'the exchange is overloaded',
  4001: 'the sign-in has expired',
  4002: 'the exchange ended a connection that was not used',
  4003: 'this browser reads too slowly',
  4004: 'another page took over this session'
};

/** What a connection needs of its surroundings; tests bring their own. */
export interface Surroundings {
  open(): WebSocket;
  readonly token: TokenSource;
  /** Whether another token can be had when this one has expired. */
  readonly renews: boolean;
  monotonic(): number;
  random(): number;
  /** Called after every change of `Connections`. */
  changed(): void;
  /** The end: the exchange, or we, hung up for good. */
  ended(error: Error): void;
}

export class Connections {
  /** Why the last connection ended. */
  reason = '';
  /** When the page stopped being live, in monotonic milliseconds; null while it is, or before the first time. */
  lostAt: number | null = null;
  /** When the next attempt is made, in monotonic milliseconds; null while there is a connection or an attempt. */
  retryAt: number | null = null;
  /** Whether it has been live at least once. */
  wasLive = false;
  #socket: WebSocket | null = null;
  readonly #backOff: BackOff;
  readonly #renewal: Renewal;
  #liveSince: number | null = null;
  #heardAt = 0;
  #pingedAt = 0;
  #dialledAt = 0;
  #watch: ReturnType<typeof setInterval> | null = null;
  #retry: ReturnType<typeof setTimeout> | null = null;
  #closed = false;

  constructor(
    private readonly session: Session,
    private readonly surroundings: Surroundings
  ) {
    this.#backOff = new BackOff(() => surroundings.random());
    this.#renewal = new Renewal(surroundings.token, () => surroundings.monotonic());
  }

  start(): void {
    this.#watch ??= setInterval(() => this.#look(), WATCH_MS);
    void this.#dial();
  }

  /** Says goodbye; there will be no further connection. */
  close(): void {
    this.#closed = true;
    if (this.#watch) clearInterval(this.#watch);
    if (this.#retry) clearTimeout(this.#retry);
    this.#watch = this.#retry = null;
    const socket = this.#forgetSocket();
    socket?.close(1000);
    this.session.dropped();
  }

  /** Tries at once instead of waiting: the network is back, or somebody is looking at the page again. */
  hurry(): void {
    if (this.retryAt === null || this.#closed) return;
    if (this.#retry) clearTimeout(this.#retry);
    void this.#dial();
  }

  /** Sends what waits. */
  flush(): void {
    const socket = this.#socket;
    if (socket?.readyState !== WebSocket.OPEN) return;
    for (let frame = this.session.outgoing(); frame; frame = this.session.outgoing()) socket.send(frame);
  }

  async #dial(): Promise<void> {
    this.#retry = this.retryAt = null;
    this.#dialledAt = this.surroundings.monotonic();
    let token: string;
    try {
      token = await this.#renewal.take();
    } catch (error) {
      return this.#end(error instanceof Error ? error : new Error(String(error)));
    }
    if (this.#closed) return;
    const socket = this.surroundings.open();
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.#heardAt = this.surroundings.monotonic();
      this.#pingedAt = this.#heardAt;
      this.session.hello(token);
      this.flush();
    };
    socket.onmessage = (event: MessageEvent<ArrayBuffer>) => this.#takeIn(new Uint8Array(event.data));
    socket.onclose = (event) => this.#hungUp(event.code, event.reason);
  }

  /** One frame; a bad one costs the connection and the trust in what is known, but not the page. */
  #takeIn(bytes: Uint8Array): void {
    this.#heardAt = this.surroundings.monotonic();
    const before = this.session.phase;
    try {
      this.session.receive(fromBinary(ServerFrameSchema, bytes));
    } catch (error) {
      if (error instanceof Refused) return this.#end(error);
      if (error instanceof ComeBackLater) return this.#drop(error.message, error.after);
      console.error('a frame of the exchange made no sense; starting from a snapshot', error);
      this.session.distrust();
      return this.#drop('a frame made no sense');
    }
    if (this.session.phase === 'live' && before !== 'live') {
      this.#liveSince = this.#heardAt;
      this.wasLive = true;
      this.lostAt = null;
    }
    if (this.session.phase !== before) this.surroundings.changed();
    this.flush();
  }

  /** Once a second: is it mute, does it hear us, did dialling take too long? */
  #look(): void {
    const now = this.surroundings.monotonic();
    const socket = this.#socket;
    this.surroundings.changed();
    if (!socket) return;
    if (socket.readyState === WebSocket.CONNECTING) {
      if (now - this.#dialledAt > DIAL_MS) this.#drop('the exchange cannot be reached: no answer');
    } else if (now - this.#heardAt > MUTE_MS) {
      this.#drop('the exchange fell silent');
    } else if (this.session.pingAge >= PROBE_MS) {
      this.#drop('the exchange does not hear this page any more');
    } else if (now - this.#pingedAt >= PROBE_MS) {
      this.#pingedAt = now;
      this.session.ping();
      this.flush();
    }
    if (this.session.phase === 'live') void this.#renew();
  }

  async #renew(): Promise<void> {
    const token = await this.#renewal.renewed();
    if (!token) return;
    this.session.refresh(token); // a connection that broke meanwhile begins with it anyway
    this.flush();
  }

  #hungUp(code: number, said: string): void {
    const reason = said || SENTENCES[code] || `the exchange hung up with close code ${code}`;
    const renewable = code === TOKEN_EXPIRED && this.surroundings.renews;
    if (FINAL.has(code) && !renewable) this.#end(new Ended(reason, code));
    else this.#drop(this.#isUnreachable(code) ? 'the exchange cannot be reached' : reason, 0, RESTARTS.has(code));
  }

  #isUnreachable(code: number): boolean {
    return this.#liveSince === null && code === 1006;
  }

  /** This connection is over; the next one follows. */
  #drop(reason: string, after = 0, restarts = false): void {
    const socket = this.#forgetSocket();
    if (socket) socket.close();
    const now = this.surroundings.monotonic();
    this.session.dropped();
    this.reason = reason;
    this.lostAt ??= now;
    const delay = this.#delay(after, restarts);
    this.retryAt = now + delay;
    this.#retry = setTimeout(() => void this.#dial(), delay);
    this.surroundings.changed();
  }

  #delay(after: number, restarts: boolean): number {
    const now = this.surroundings.monotonic();
    const wasLive = this.#liveSince === null ? 0 : now - this.#liveSince;
    this.#liveSince = null;
    const asked = this.session.reconnectAfter;
    this.session.reconnectAfter = null;
    return this.#backOff.wait(now, {
      wasLive,
      restarts: restarts || asked !== null,
      asked: Math.max(asked ?? 0, after)
    });
  }

  #end(error: Error): void {
    this.lostAt ??= this.surroundings.monotonic();
    this.reason = error.message;
    this.close();
    this.surroundings.ended(error);
  }

  #forgetSocket(): WebSocket | null {
    const socket = this.#socket;
    this.#socket = null;
    if (socket) socket.onopen = socket.onmessage = socket.onclose = null;
    return socket;
  }
}
