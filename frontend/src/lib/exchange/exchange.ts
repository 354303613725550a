/** One signed-in user at one exchange: the state, and the verbs that ask for something. */

import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { Side } from './book';
import { ServerClock } from './clock';
import { Connections } from './connection';
import { Refused } from './errors';
import { Outbox, type Asked } from './outbox';
import type { TokenSource } from './renewal';
import { Session } from './session';
import type { Schedule } from './pulse.svelte';
import { State } from './state.svelte';
import { nanoseconds } from './units';
import * as wire from '#lib/gen/exchange/v1/client_pb.ts';
import type { Candle, OrderResult, ServerMessage, Trades } from '#lib/gen/exchange/v1/server_pb.ts';
import type { TimeInForce } from '#lib/gen/exchange/v1/types_pb.ts';

/** An order that is still on its way after so long is refused instead of traded at a stale price. */
export const ORDER_VALID_MS = 10_000;

export interface OrderTerms {
  readonly marketId: bigint;
  readonly side: Side;
  readonly price: bigint;
  readonly size: bigint;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly marketOrder: boolean;
  readonly expiresAt: bigint;
}

export interface Terms {
  readonly url: string;
  /** What a new user would like to be called; empty for what the token says. */
  name(): string;
  readonly token: TokenSource;
  /** Whether another token can be had when one has expired. */
  readonly renews: boolean;
  /** An invitation was accepted: the key to sign in with from now on. */
  accepted(key: string): void;
  readonly schedule: Schedule;
  ended(error: Error): void;
}

type Said = Exclude<ServerMessage['message'], { case: undefined }>;
type Reply<Case extends Said['case']> = Extract<Said, { case: Case }>;

export class Exchange {
  readonly state: State;
  readonly clock: ServerClock;
  readonly session: Session;
  readonly connections: Connections;
  readonly #outbox = new Outbox();
  readonly #monotonic = (): number => performance.now();

  constructor(terms: Terms) {
    this.state = new State(terms.schedule);
    this.clock = new ServerClock(this.#monotonic);
    const id = crypto.getRandomValues(new Uint8Array(16)); // new for each page that is opened
    this.session = new Session(this.state, this.#outbox, this.clock, this.#monotonic, id, terms.name, terms.accepted);
    this.connections = new Connections(this.session, {
      open: () => new WebSocket(terms.url),
      token: terms.token,
      renews: terms.renews,
      monotonic: this.#monotonic,
      random: Math.random,
      changed: () => this.state.changed(),
      ended: (error) => {
        this.#outbox.fail(error);
        terms.ended(error);
      }
    });
  }

  get isLive(): boolean {
    return this.session.phase === 'live';
  }

  /** Milliseconds since the page was last live; 0 while it is. */
  get staleFor(): number {
    const { lostAt } = this.connections;
    return lostAt === null || this.isLive ? 0 : this.#monotonic() - lostAt;
  }

  /** Milliseconds until the next attempt to connect; 0 during one. */
  get retryIn(): number {
    const { retryAt } = this.connections;
    return retryAt === null ? 0 : Math.max(0, retryAt - this.#monotonic());
  }

  // Trading. Each rejects with Refused when the exchange will not, in a sentence for people.

  async placeOrder(terms: OrderTerms): Promise<OrderResult> {
    const value = create(wire.PlaceOrderSchema, terms);
    return this.ask({ case: 'placeOrder', value }, 'orderResult', ORDER_VALID_MS);
  }

  async amendOrder(marketId: bigint, orderId: bigint, change: { price?: bigint; size?: bigint }): Promise<OrderResult> {
    const value = create(wire.AmendOrderSchema, { marketId, orderId, ...change });
    return this.ask({ case: 'amendOrder', value }, 'orderResult', ORDER_VALID_MS);
  }

  async cancelOrder(marketId: bigint, orderId: bigint): Promise<void> {
    await this.ask(
      { case: 'cancelOrder', value: create(wire.CancelOrderSchema, { marketId, orderId }) },
      'cancelResult'
    );
  }

  /** Cancels all orders of the acting account; in one market unless `marketId` is 0. Returns how many ended. */
  async cancelOrders(marketId: bigint): Promise<number> {
    const value = create(wire.CancelOrdersSchema, { marketId });
    const result = await this.ask({ case: 'cancelOrders', value }, 'cancelResult');
    return result.orderIds.length;
  }

  /** Swaps `size` of a fund for its constituents; negative makes it from them. */
  async redeem(marketId: bigint, size: bigint): Promise<void> {
    const value = create(wire.RedeemSchema, { marketId, size });
    await this.ask({ case: 'redeem', value }, 'done', ORDER_VALID_MS);
  }

  // Markets and accounts.

  async createMarket(terms: MessageInitShape<typeof wire.CreateMarketSchema>): Promise<bigint> {
    const value = create(wire.CreateMarketSchema, terms);
    return (await this.ask({ case: 'createMarket', value }, 'created')).id;
  }

  async actAs(accountId: bigint): Promise<void> {
    await this.ask({ case: 'actAs', value: create(wire.ActAsSchema, { accountId }) }, 'done');
  }

  async setElevated(elevated: boolean): Promise<void> {
    await this.ask({ case: 'setElevated', value: create(wire.SetElevatedSchema, { elevated }) }, 'done');
  }

  // Reading.

  /** Trades before a sequence (0 for the newest), newest first. */
  async trades(marketId: bigint, before: bigint, limit: number): Promise<Trades> {
    const value = create(wire.GetTradesSchema, { marketId, page: { before, limit } });
    return this.ask({ case: 'getTrades', value }, 'trades');
  }

  /** Candles up to now, and the sequence they are of; later trades come with the feed. */
  async candles(marketId: bigint, intervalSeconds: number): Promise<{ candles: Candle[]; sequence: bigint }> {
    const value = create(wire.GetCandlesSchema, { marketId, intervalSeconds });
    const { sequence, message } = await this.#send({ case: 'getCandles', value }, 'candles', 0);
    return { candles: message.value.candles, sequence };
  }

  /** Asks for anything and returns the reply of the kind expected; rejects with Refused when the exchange will not. */
  async ask<Case extends Said['case']>(request: Asked, expected: Case, validMs = 0): Promise<Reply<Case>['value']> {
    const { message } = await this.#send(request, expected, validMs);
    return message.value as Reply<Case>['value'];
  }

  /** The same, with the sequence the reply is of: what happened later comes with the feed. */
  async askAsOf<Case extends Said['case']>(
    request: Asked,
    expected: Case
  ): Promise<{ value: Reply<Case>['value']; sequence: bigint }> {
    const { message, sequence } = await this.#send(request, expected, 0);
    return { value: message.value as Reply<Case>['value'], sequence };
  }

  async #send<Case extends Said['case']>(request: Asked, expected: Case, validMs: number) {
    const validUntil = validMs ? this.clock.now() + nanoseconds(validMs) : 0n;
    const waiting = this.#outbox.submit(request, validUntil);
    this.connections.flush();
    const { message, sequence } = await waiting;
    if (message.case === 'refusal') throw new Refused(message.value);
    if (message.case !== expected) throw new Error(`the exchange answered ${message.case} to ${request.case}`);
    return { message: message as Reply<Case>, sequence };
  }
}
