/**
 * What an order would do if it were sent now: which levels it takes, what it costs, and what the funds check will say.
 * Pure: the same check the exchange makes, on the state as it is shown.
 */

import { BUY, SELL, other, type Book, type OwnOrder, type Side } from './book';
import type { Market } from './market';
import { worstCase, type Exposure, type Portfolio } from './portfolio';
import { TimeInForce } from '#lib/gen/exchange/v1/types_pb.ts';

export interface Draft {
  readonly side: Side;
  readonly price: bigint;
  readonly size: bigint;
  readonly timeInForce: TimeInForce;
  readonly postOnly: boolean;
  readonly marketOrder: boolean;
}

/** Part of a level that the order would take. */
export interface Take {
  readonly price: bigint;
  readonly size: bigint;
  readonly of: bigint; // what others offer there
}

export interface Preview {
  readonly takes: Take[];
  readonly filled: bigint;
  readonly filledValue: bigint;
  readonly resting: bigint;
  readonly dropped: bigint;
  /** Own orders in the way: they are cancelled before the order would trade with them. */
  readonly cancelled: OwnOrder[];
  /** Cash for a buy, negative for what a sale brings; filled at real prices, the rest at the limit. */
  readonly cost: bigint;
  /** Profit of this order alone at the settlement that is worst for it; zero or below. */
  readonly worst: bigint;
  /** Available cash afterwards, everything the account has taken together. */
  readonly available: bigint;
  /** Why it would be refused, in words; empty when it would not. */
  readonly refusal: string;
}

export function preview(draft: Draft, market: Market, portfolio: Portfolio, own: Iterable<OwnOrder>): Preview {
  const { side, size } = draft;
  const limit = draft.marketOrder ? (side === BUY ? market.high : market.low) : draft.price;
  const immediate = draft.marketOrder || isImmediate(draft.timeInForce);
  const ownHere = [...own].filter(
    (order) => order.marketId === market.marketId && order.accountId === portfolio.accountId
  );
  const { takes, cancelled } = walk(market.book, side, limit, size, ownHere);
  const filled = takes.reduce((sum, take) => sum + take.size, 0n);
  const filledValue = takes.reduce((sum, take) => sum + take.size * take.price, 0n);
  const rest = size - filled;
  const resting = immediate ? 0n : rest;

  const position = portfolio.position(market);
  const after: Exposure = {
    size: position.size + (side === BUY ? filled : -filled),
    bidSize: position.bidSize + (side === BUY ? resting : 0n),
    bidValue: position.bidValue + (side === BUY ? resting * limit : 0n),
    offerSize: position.offerSize + (side === SELL ? resting : 0n),
    offerValue: position.offerValue + (side === SELL ? resting * limit : 0n)
  };
  for (const order of cancelled) {
    if (order.side === BUY) {
      after.bidSize -= order.remaining;
      after.bidValue -= order.remaining * order.price;
    } else {
      after.offerSize -= order.remaining;
      after.offerValue -= order.remaining * order.price;
    }
  }
  const paid = side === BUY ? filledValue : -filledValue;
  const available =
    portfolio.cash - paid + portfolio.worst - position.worst + worstCase(after, market.low, market.high);
  const value = filledValue + resting * limit;
  const traded = filled + resting;
  const worst = side === BUY ? market.low * traded - value : value - market.high * traded;
  const partial = { takes, filled, filledValue, resting, dropped: rest - resting, cancelled, available, worst };
  const refusal = why(draft, limit, market, position, after, partial);
  return { ...partial, cost: side === BUY ? value : -value, refusal };
}

const isImmediate = (timeInForce: TimeInForce): boolean =>
  timeInForce === TimeInForce.IOC || timeInForce === TimeInForce.FOK;

/** Goes through the other side from the best level on, as the exchange would: own orders in the way are cancelled. */
function walk(book: Book, side: Side, limit: bigint, size: bigint, own: OwnOrder[]) {
  const facing = other(side);
  const takes: Take[] = [];
  const cancelled: OwnOrder[] = [];
  let left = size;
  const levels = book.side(facing);
  for (const level of levels.top(levels.length)) {
    if (left === 0n || (side === BUY ? level.price > limit : level.price < limit)) break;
    const mine = own.filter((order) => order.side === facing && order.price === level.price);
    const of = level.size - mine.reduce((sum, order) => sum + order.remaining, 0n);
    const taken = of < left ? of : left;
    if (mine.length) cancelled.push(...reached(book, facing, level.price, left, mine));
    if (taken) takes.push({ price: level.price, size: taken, of });
    left -= taken;
  }
  return { takes, cancelled };
}

/** Own orders of a level that stand before the order would be filled. */
function reached(book: Book, side: Side, price: bigint, size: bigint, mine: OwnOrder[]): OwnOrder[] {
  let left = size;
  const found: OwnOrder[] = [];
  for (const order of book.queue(side, price)) {
    if (left <= 0n) break;
    const own = mine.find((candidate) => candidate.orderId === order.orderId);
    if (own) found.push(own);
    else left -= order.remaining;
  }
  return found;
}

type Outcome = Pick<Preview, 'filled' | 'cancelled' | 'available'>;

function why(draft: Draft, limit: bigint, market: Market, before: Exposure, after: Exposure, outcome: Outcome): string {
  const meets = outcome.filled > 0n || outcome.cancelled.length > 0;
  if (limit < market.low || limit > market.high) return 'The price is outside the settlement bounds.';
  if (draft.postOnly && meets) return 'Post-only, and it would meet an order at once.';
  if (draft.timeInForce === TimeInForce.FOK && !draft.marketOrder) {
    if (outcome.cancelled.length) return 'Fill or kill, and an own order is in the way.';
    if (outcome.filled < draft.size) return 'Fill or kill, and there is not enough to take.';
  }
  const most = market.positionLimit;
  const longer = after.size + after.bidSize > before.size + before.bidSize && after.size + after.bidSize > most;
  const shorter = after.offerSize - after.size > before.offerSize - before.size && after.offerSize - after.size > most;
  if (most && (longer || shorter)) return 'It would exceed the position limit of this market.';
  if (outcome.available < 0n) return 'There is not enough available cash.';
  return '';
}
