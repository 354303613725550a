/** What a ladder shows: levels of a book, perhaps several prices to a row, with one's own part in each. Pure. */

import { BUY, SELL, type Book, type RestingOrder, type Side } from './book';
import { floorDivide } from './portfolio';

export interface LadderRow {
  readonly price: bigint;
  readonly size: bigint;
  readonly own: bigint;
  readonly ownOrders: readonly bigint[];
  /** Size up to and including this row. */
  readonly total: bigint;
}

/** Steps in which prices may be gathered, in hundredths. */
export const STEPS = [1n, 5n, 10n, 50n, 100n, 500n, 1_000n, 10_000n] as const;

/** The row a price belongs to: bids are gathered downwards, offers upwards, so that no row promises too much. */
export function rowPrice(side: Side, price: bigint, step: bigint): bigint {
  if (step === 1n) return price;
  return side === BUY ? floorDivide(price, step) * step : -floorDivide(-price, step) * step;
}

/** The best `count` rows of one side, the best first. */
export function ladderRows(
  book: Book,
  side: Side,
  count: number,
  step: bigint,
  own: ReadonlyMap<bigint, readonly RestingOrder[]>
): LadderRow[] {
  const rows: { price: bigint; size: bigint; own: bigint; ownOrders: bigint[]; total: bigint }[] = [];
  let total = 0n;
  const perRow = step === 1n ? 1 : 64;
  for (const level of book.side(side).top(count * perRow)) {
    const price = rowPrice(side, level.price, step);
    let row = rows[rows.length - 1];
    if (row?.price !== price) {
      if (rows.length === count) break;
      row = { price, size: 0n, own: 0n, ownOrders: [], total };
      rows.push(row);
    }
    total += level.size;
    row.size += level.size;
    row.total = total;
    for (const order of own.get(level.price) ?? []) {
      if (order.side !== side) continue;
      row.own += order.remaining;
      row.ownOrders.push(order.orderId);
    }
  }
  return rows;
}

/** Own orders of one market by price. */
export function ownByPrice(
  orders: Iterable<RestingOrder>,
  marketId: bigint,
  accountId: bigint
): Map<bigint, RestingOrder[]> {
  const found = new Map<bigint, RestingOrder[]>();
  for (const order of orders) {
    if (order.marketId !== marketId || order.accountId !== accountId) continue;
    const there = found.get(order.price);
    if (there) there.push(order);
    else found.set(order.price, [order]);
  }
  return found;
}

/** The middle between best bid and best offer, or the only one there is. */
export function middle(book: Book): bigint | null {
  const bid = book.bids.best?.price ?? null;
  const offer = book.offers.best?.price ?? null;
  if (bid === null || offer === null) return bid ?? offer;
  return (bid + offer) >> 1n;
}

export { BUY, SELL };
