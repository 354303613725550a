/**
 * What is said on a connection and when, without any input or output: bytes to send come out, frames go in.
 *
 *     offline ──hello──► signing-in ──Authenticated──► catching-up ──Ready──► restoring ──every Done──► live
 *        ▲                                                                                               │
 *        └──────────────────────────────────────── dropped ──────────────────────────────────────────────┘
 *
 * - `catching-up` takes what was missed as it comes, but a snapshot only when it is whole: half a state is never shown.
 * - `restoring` gives the connection back the powers and the account that the last one had. Only then are unanswered
 *   requests sent again, in order and unchanged: none of them can be decided for the wrong account.
 * - A request keeps its id and its bytes for as long as it is unanswered, whatever happens to connections meanwhile.
 */

import { create } from '@bufbuild/protobuf';
import type { ServerClock } from './clock';
import { ComeBackLater, Refused } from './errors';
import { encode, join, type Asked, type Outbox } from './outbox';
import { Progress } from './progress';
import type { State } from './state.svelte';
import { AuthenticateSchema } from '#lib/gen/exchange/v1/client_pb.ts';
import type { Authenticated, Refusal, ServerFrame, ServerMessage } from '#lib/gen/exchange/v1/server_pb.ts';
import { RefusalCode } from '#lib/gen/exchange/v1/types_pb.ts';

export const PROTOCOL_REVISION = 1;
const CLIENT_NAME = 'exchange-page/0.1.0';
/** Refusals of a sign-in that say "not now". */
const NOT_NOW = new Set([RefusalCode.PACE, RefusalCode.DRAINING, RefusalCode.INTERNAL, RefusalCode.TOO_MANY_WAITING]);
/** Messages that concern the connection, never the state's content; they are not held back with a snapshot. */
const CONNECTION = new Set([
  'authenticated',
  'resumed',
  'ready',
  'heartbeat',
  'serverNotice',
  'viewChanged',
  'refusal'
]);

export type Phase = 'offline' | 'signing-in' | 'catching-up' | 'restoring' | 'live';

/** What a connection has to be given back after a drop. */
export interface Wanted {
  accountId: bigint;
  elevated: boolean;
}

export class Session {
  phase: Phase = 'offline';
  resumed = false;
  /** Facts that the present connection brought before it was live. */
  caughtUp = 0;
  /** Milliseconds the exchange asked to wait before coming back, once. */
  reconnectAfter: number | null = null;
  draining = false;
  readonly wanted: Wanted = { accountId: 0n, elevated: false };
  readonly #progress = new Progress();
  #authenticated: Authenticated | null = null;
  #holding = false; // a snapshot is on its way
  #held: ServerMessage[] = [];
  #control: Uint8Array[] = [];
  readonly #restoring = new Set<bigint>();
  #askedAt = 0;
  #pingId = 0n;
  #pingSentAt = 0;
  #refreshId = 0n;

  constructor(
    private readonly state: State,
    private readonly outbox: Outbox,
    private readonly clock: ServerClock,
    private readonly monotonic: () => number,
    private readonly id: Uint8Array,
    private readonly name: () => string = () => '',
    /** An invitation was accepted: what to sign in with from now on. */
    private readonly onKey: (key: string) => void = () => undefined
  ) {}

  /** The last sequence that is completely known. */
  get sequence(): bigint {
    return this.#progress.sequence;
  }

  // Outwards.

  /** Begins a connection: says who we are and how far we have seen. */
  hello(token: string): void {
    const message = create(AuthenticateSchema, {
      token,
      session: this.id,
      name: this.name(),
      client: CLIENT_NAME,
      protocolRevision: PROTOCOL_REVISION,
      actAsAccountId: this.wanted.elevated ? 0n : this.wanted.accountId
    });
    const resume = this.#progress.point();
    if (resume) message.resume = resume;
    this.#control = [encode(0n, { case: 'authenticate', value: message })];
    this.phase = 'signing-in';
    this.#askedAt = this.monotonic();
  }

  /** The next frame to send, or null. What waits together goes together. */
  outgoing(): Uint8Array<ArrayBuffer> | null {
    if (this.#control.length) {
      const frame = join(this.#control);
      this.#control = [];
      return frame;
    }
    if (this.phase !== 'live' || this.draining) return null;
    const limits = this.state.limits;
    return this.outbox.take(limits?.messageBytes ?? 0, limits?.requestsWaiting ?? 0);
  }

  /** Milliseconds for which a ping has not been answered; 0 when none is on its way. */
  get pingAge(): number {
    return this.#pingId ? this.monotonic() - this.#pingSentAt : 0;
  }

  /** Asks for a sign of life, unless that was asked already. */
  ping(): void {
    if (this.phase !== 'live' || this.#pingId) return;
    this.#pingId = this.outbox.nextId();
    this.#pingSentAt = this.monotonic();
    this.#control.push(encode(this.#pingId, { case: 'ping', value: { $typeName: 'exchange.v1.Ping' } }));
  }

  /** Goes on with a fresh token before the last one ends. */
  refresh(token: string): void {
    if (this.phase !== 'live') return;
    this.#refreshId = this.outbox.nextId();
    this.#control.push(
      encode(this.#refreshId, { case: 'refreshToken', value: { $typeName: 'exchange.v1.RefreshToken', token } })
    );
  }

  /** The connection is gone: what is unanswered waits for the next one. */
  dropped(): void {
    this.phase = 'offline';
    this.draining = false;
    this.#authenticated = null;
    this.#hold(false);
    this.#control = [];
    this.#restoring.clear();
    this.#pingId = this.#refreshId = 0n;
    this.outbox.requeue();
    this.#progress.stop();
  }

  /** The state may be wrong: the next connection asks for a snapshot. */
  distrust(): void {
    this.#progress.distrust();
  }

  // Inwards.

  /** Takes a whole frame in: state first, then whoever waited for it. Throws when the connection is of no more use. */
  receive(frame: ServerFrame): void {
    let changed = false;
    let news = false; // a snapshot is as old as what it shows, whenever it was asked for
    for (const message of frame.messages) {
      const kind = message.message.case ?? '';
      if (message.requestId) this.#onReply(message);
      else if (CONNECTION.has(kind)) changed = this.#onConnection(message) || changed;
      else if (this.#holding) this.#held.push(message);
      else if (this.state.apply(message)) {
        changed = true;
        news ||= kind !== 'snapshot';
        if (this.phase === 'catching-up') this.caughtUp += 1;
      }
    }
    if (frame.completeThrough) this.#progress.complete(frame.completeThrough, frame.completeTime);
    else if (changed) this.#progress.ahead = true;
    if (news && frame.completeThrough && this.phase === 'live') this.clock.arrived(frame.completeTime);
    this.state.changed();
  }

  /** Handles what concerns the connection; true when things look different afterwards. */
  #onConnection(message: ServerMessage): boolean {
    const said = message.message;
    switch (said.case) {
      case 'authenticated':
        this.#onAuthenticated(said.value);
        return false;
      case 'resumed':
        this.resumed = true;
        this.#hold(false);
        this.#progress.follow(true);
        this.state.identify(this.#authenticated!);
        return false;
      case 'ready':
        this.#onReady();
        return true;
      case 'viewChanged':
        this.state.changeView(
          said.value.accountId,
          said.value.elevated,
          said.value.ownedAccountIds,
          said.value.goneMarketIds
        );
        this.#progress.see(said.value.view);
        if (this.phase === 'live') Object.assign(this.wanted, pick(said.value));
        return true;
      case 'heartbeat':
        this.clock.arrived(said.value.serverTime);
        return false;
      case 'serverNotice':
        this.reconnectAfter = said.value.reconnectAfterMs;
        this.draining = true;
        return false;
      case 'refusal':
        if (this.phase !== 'live') this.#onSignInRefused(said.value);
    }
    return false;
  }

  #hold(holding: boolean): void {
    this.#holding = holding;
    this.#held = [];
  }

  #onAuthenticated(said: Authenticated): void {
    this.#authenticated = said;
    if (said.key) this.onKey(said.key);
    this.clock.restart();
    this.clock.roundTrip(this.#askedAt, said.serverTime);
    this.reconnectAfter = null;
    this.resumed = false;
    this.caughtUp = 0;
    this.#progress.begin(said.exchangeId, said.view);
    this.phase = 'catching-up';
    this.#hold(true);
  }

  #onReady(): void {
    if (!this.resumed) {
      this.#progress.distrust(); // from here on the state is no longer the old one
      this.state.identify(this.#authenticated!);
      for (const held of this.#held) this.state.apply(held);
      this.#hold(false);
      this.#progress.follow(false);
    }
    this.phase = 'restoring';
    const { wanted, state } = this;
    wanted.accountId ||= state.accountId;
    if (wanted.elevated) {
      this.#ask({ case: 'setElevated', value: { $typeName: 'exchange.v1.SetElevated', elevated: true } });
    }
    if (wanted.accountId !== state.accountId) {
      this.#ask({ case: 'actAs', value: { $typeName: 'exchange.v1.ActAs', accountId: wanted.accountId } });
    }
    this.#becomeLive();
  }

  #ask(request: Asked): void {
    const requestId = this.outbox.nextId();
    this.#restoring.add(requestId);
    this.#control.push(encode(requestId, request));
  }

  #becomeLive(): void {
    if (this.#restoring.size) return;
    this.phase = 'live';
    this.ping();
  }

  #onReply(message: ServerMessage): void {
    const { requestId, message: said } = message;
    if (requestId === this.#pingId) {
      this.#pingId = 0n;
      if (said.case === 'pong') this.clock.roundTrip(this.#pingSentAt, said.value.serverTime);
    } else if (requestId === this.#refreshId) {
      this.#refreshId = 0n; // refused, the connection ends with its token, and the next one says why
    } else if (this.#restoring.has(requestId)) {
      if (said.case === 'refusal') {
        this.distrust(); // the rest of this frame will not be applied
        this.#onSignInRefused(said.value);
      }
      this.#restoring.delete(requestId);
      this.#becomeLive();
    } else if (said.case === 'refusal' && said.value.code === RefusalCode.DRAINING) {
      this.draining = true; // not an answer: it is asked again on the next connection
    } else {
      this.outbox.answer(message);
    }
  }

  #onSignInRefused(refusal: Refusal): never {
    if (NOT_NOW.has(refusal.code)) throw new ComeBackLater(refusal.message, refusal.retryAfterMs);
    throw new Refused(refusal);
  }
}

const pick = ({ accountId, elevated }: Wanted): Wanted => ({ accountId, elevated });
