import { describe, expect, test } from 'vitest';
import { BUY, Book, SELL, type RestingOrder, type Side } from './book';
import { ladderRows, middle, ownByPrice } from './ladder';

let ids = 0n;
const order = (side: Side, price: bigint, size: bigint): RestingOrder => {
  ids += 1n;
  return { orderId: ids, marketId: 1n, accountId: 1n, side, price, size, remaining: size, placedAt: ids };
};

describe('a book', () => {
  test('has the best level of each side first', () => {
    const book = new Book();
    for (const price of [50n, 70n, 60n]) book.insert(order(BUY, price, 1n));
    for (const price of [90n, 80n, 85n]) book.insert(order(SELL, price, 1n));
    expect(book.bids.top(9).map((level) => level.price)).toEqual([70n, 60n, 50n]);
    expect(book.offers.top(2).map((level) => level.price)).toEqual([80n, 85n]);
  });

  test('adds up what stands at one price, and forgets the level with its last order', () => {
    const book = new Book();
    const [first, second] = [order(BUY, 50n, 3n), order(BUY, 50n, 4n)];
    book.insert(first);
    book.insert(second);
    expect(book.bids.best).toEqual({ price: 50n, size: 7n, orders: 2 });
    book.reduce(first, 1n);
    expect(book.bids.sizeAt(50n)).toBe(6n);
    book.reduce(first, 2n);
    book.reduce(second, 4n);
    expect([book.bids.best, book.orders.size]).toEqual([null, 0]);
  });

  test('keeps those of one price in the order they came', () => {
    const book = new Book();
    const orders = [order(SELL, 9n, 1n), order(SELL, 8n, 1n), order(SELL, 9n, 1n)];
    for (const one of orders) book.insert(one);
    expect(book.queue(SELL, 9n)).toEqual([orders[0], orders[2]]);
  });

  test('agrees with a plain list after a thousand random changes', () => {
    const book = new Book();
    const resting: RestingOrder[] = [];
    let seed = 7;
    const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
    for (let step = 0; step < 1000; step += 1) {
      if (resting.length && random(3) === 0) {
        const at = random(resting.length);
        const one = resting[at]!;
        const size = BigInt(1 + random(Number(one.remaining)));
        if (size === one.remaining) resting.splice(at, 1);
        book.reduce(one, size);
      } else {
        const one = order(random(2) ? BUY : SELL, BigInt(random(60) - 30), BigInt(1 + random(9)));
        resting.push(one);
        book.insert(one);
      }
      for (const side of [BUY, SELL] as const) {
        const sums = new Map<bigint, bigint>();
        for (const one of resting.filter((candidate) => candidate.side === side)) {
          sums.set(one.price, (sums.get(one.price) ?? 0n) + one.remaining);
        }
        const wanted = [...sums].sort(([one], [other]) => Number(side === BUY ? other - one : one - other));
        expect(
          book
            .side(side)
            .top(1000)
            .map((level) => [level.price, level.size])
        ).toEqual(wanted);
      }
    }
  });
});

describe('a ladder', () => {
  const book = new Book();
  for (const [price, size] of [
    [6231n, 4n],
    [6230n, 5n],
    [6219n, 6n],
    [-1n, 7n]
  ] as const)
    book.insert(order(BUY, price, size));
  for (const [price, size] of [
    [6241n, 1n],
    [6250n, 2n],
    [6251n, 3n]
  ] as const)
    book.insert(order(SELL, price, size));

  test('gathers bids downwards and offers upwards, so that no row promises too much', () => {
    const bids = ladderRows(book, BUY, 9, 10n, new Map());
    expect(bids.map((row) => [row.price, row.size, row.total])).toEqual([
      [6230n, 9n, 9n],
      [6210n, 6n, 15n],
      [-10n, 7n, 22n]
    ]);
    const offers = ladderRows(book, SELL, 9, 10n, new Map());
    expect(offers.map((row) => [row.price, row.size])).toEqual([
      [6250n, 3n],
      [6260n, 3n]
    ]);
  });

  test('shows no more rows than asked for', () => {
    expect(ladderRows(book, BUY, 2, 1n, new Map())).toHaveLength(2);
  });

  test('marks what is one’s own', () => {
    const mine = { ...order(BUY, 6230n, 2n), expiresAt: 0n, postOnly: false };
    const foreign = { ...mine, orderId: 99n, accountId: 2n };
    const rows = ladderRows(book, BUY, 2, 1n, ownByPrice([mine, foreign], 1n, 1n));
    expect(rows.map((row) => [row.own, row.ownOrders])).toEqual([
      [0n, []],
      [2n, [mine.orderId]]
    ]);
  });

  test('has a middle, also with one side only', () => {
    expect(middle(book)).toBe(6236n);
    const empty = new Book();
    expect(middle(empty)).toBeNull();
    empty.insert(order(SELL, 5n, 1n));
    expect(middle(empty)).toBe(5n);
  });
});
