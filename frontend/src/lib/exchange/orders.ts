/** What orders do to the state: the hot part. Each fact is applied exactly as the exchange applies it. */

import { BUY, SELL, other, type OwnOrder, type RestingOrder, type Side } from './book';
import type { Market } from './market';
import type { Portfolio, Position } from './portfolio';
import type { OrderAmended, OrderPlaced, OrdersCancelled } from '#lib/gen/exchange/v1/server_pb.ts';
import type { Book as BookMessage, Order as OrderMessage } from '#lib/gen/exchange/v1/types_pb.ts';

/** One's own part in a trade. */
export interface OwnFill {
  readonly accountId: bigint;
  readonly marketId: bigint;
  readonly orderId: bigint;
  readonly side: Side;
  readonly price: bigint;
  readonly size: bigint;
  readonly isMaker: boolean;
  readonly sequence: bigint;
  readonly time: bigint;
}

/** The part of the state that orders touch. */
export interface OrderState {
  readonly markets: Map<bigint, Market>;
  readonly portfolios: Map<bigint, Portfolio>;
  readonly orders: Map<bigint, OwnOrder>;
  onFill(fill: OwnFill): void;
}

interface Taking {
  readonly market: Market;
  readonly accountId: bigint;
  readonly orderId: bigint;
  readonly side: Side;
  readonly position: Position | null;
  readonly sequence: bigint;
  readonly time: bigint;
}

const sideOf = (side: number): Side => (side === BUY ? BUY : SELL);

export function place(state: OrderState, fact: OrderPlaced, sequence: bigint, time: bigint): void {
  const market = state.markets.get(fact.marketId)!;
  const side = sideOf(fact.side);
  const position = state.portfolios.get(fact.accountId)?.position(market) ?? null;
  market.book.version += 1;
  match(state, { market, accountId: fact.accountId, orderId: fact.orderId, side, position, sequence, time }, fact);
  if (fact.remaining) {
    const order: RestingOrder = {
      orderId: fact.orderId,
      marketId: fact.marketId,
      accountId: fact.accountId,
      side,
      price: fact.price,
      size: fact.size,
      remaining: fact.remaining,
      placedAt: time
    };
    if (position) {
      const own: OwnOrder = Object.assign(order, { expiresAt: fact.expiresAt, postOnly: fact.postOnly });
      state.orders.set(own.orderId, own);
      position.rest(own);
    }
    market.book.insert(order);
  }
  position?.refresh();
}

/** An order that keeps its place only shrank; another one leaves its queue, may trade and rests anew. */
export function amend(state: OrderState, fact: OrderAmended, sequence: bigint, time: bigint): void {
  const market = state.markets.get(fact.marketId)!;
  const book = market.book;
  book.version += 1;
  const order = book.orders.get(fact.orderId)!;
  const position = state.portfolios.get(order.accountId)?.position(market) ?? null;
  const lost = fact.keptPlace ? order.remaining - fact.remaining : order.remaining;
  position?.unrest(order, lost);
  book.reduce(order, lost);
  if (!fact.keptPlace) {
    const { accountId, orderId, side } = order;
    match(state, { market, accountId, orderId, side, position, sequence, time }, fact);
    order.price = fact.price;
    order.remaining = fact.remaining;
    if (fact.remaining) {
      book.insert(order);
      position?.rest(order);
    }
  }
  order.size = fact.size;
  if (position && !fact.remaining) state.orders.delete(order.orderId);
  position?.refresh();
}

export function cancel(state: OrderState, fact: OrdersCancelled): void {
  const market = state.markets.get(fact.marketId)!;
  market.book.version += 1;
  for (const orderId of fact.orderIds) reduce(state, market, market.book.orders.get(orderId)!, null);
}

/** Takes size off a resting order without a trade: all of it when `size` is null. */
function reduce(state: OrderState, market: Market, order: RestingOrder, size: bigint | null): void {
  const lost = size ?? order.remaining;
  const position = state.portfolios.get(order.accountId)?.position(market);
  if (position) {
    position.unrest(order, lost);
    position.refresh();
    if (lost >= order.remaining) state.orders.delete(order.orderId);
  }
  market.book.reduce(order, lost);
}

function match(state: OrderState, taking: Taking, fact: OrderPlaced | OrderAmended): void {
  const { market, side, position, sequence, time } = taking;
  const sign = side === BUY ? 1n : -1n;
  for (const { orderId, size, price } of fact.fills) {
    const order = market.book.orders.get(orderId)!;
    const maker = state.portfolios.get(order.accountId)?.position(market);
    if (maker) {
      maker.unrest(order, size);
      maker.trade(-sign * size, price);
      maker.refresh();
      if (size >= order.remaining) state.orders.delete(orderId);
    }
    market.book.reduce(order, size);
    position?.trade(sign * size, price);
    const { accountId: takerAccountId } = taking;
    const makerAccountId = order.accountId;
    market.recordTrade({ sequence, time, price, size, takerSide: side, takerAccountId, makerAccountId });
    const fill = { marketId: market.marketId, price, size, sequence, time };
    if (position) state.onFill({ ...fill, accountId: takerAccountId, orderId: taking.orderId, side, isMaker: false });
    if (maker) state.onFill({ ...fill, accountId: makerAccountId, orderId, side: other(side), isMaker: true });
  }
  for (const reduction of fact.reductions) {
    reduce(state, market, market.book.orders.get(reduction.orderId)!, reduction.size);
  }
}

function resting(item: OrderMessage, marketId: bigint): RestingOrder {
  const { orderId, accountId, price, size, remaining, placedAt } = item;
  return { orderId, marketId, accountId, side: sideOf(item.side), price, size, remaining, placedAt };
}

/** Adds a market's resting orders, the best price first and in priority. */
export function loadBook(state: OrderState, message: BookMessage): void {
  const book = state.markets.get(message.marketId)!.book;
  book.version += 1;
  for (const item of message.orders) book.insert(resting(item, message.marketId));
}

/** Takes over own resting orders with what only their owners know; their books are there already. */
export function loadOwn(state: OrderState, messages: readonly OrderMessage[]): void {
  for (const item of messages) {
    const market = state.markets.get(item.marketId)!;
    const own: OwnOrder = { ...resting(item, item.marketId), expiresAt: item.expiresAt, postOnly: item.postOnly };
    if (market.book.orders.has(own.orderId)) market.book.replace(own);
    else market.book.insert(own);
    state.orders.set(own.orderId, own);
    const position = state.portfolios.get(own.accountId)!.position(market);
    position.rest(own);
    position.refresh();
  }
}
