import { describe, expect, test } from 'vitest';
import { holdings, sorted, totals, type Holding } from './holdings';
import { ADA, RAIN, adasState, placed, said } from './testing';
import { MarketStatus } from '#lib/gen/exchange/v1/types_pb.ts';

/** Ada bought 100 at 15.00 of Bob, then others traded at 16.00; she bids 50 at 14.00 and offers 30 at 18.00. */
function busy() {
  const state = adasState();
  state.apply(said(placed({ id: 1n, side: 2, price: 1500n, size: 100n })));
  const fills = [{ orderId: 1n, accountId: 20n, size: 100n, price: 1500n }];
  state.apply(said(placed({ id: 2n, account: ADA, side: 1, price: 1500n, size: 100n, remaining: 0n, fills }), 2n));
  state.apply(said(placed({ id: 3n, side: 2, price: 1600n, size: 1n }), 3n));
  const last = [{ orderId: 3n, accountId: 20n, size: 1n, price: 1600n }];
  state.apply(said(placed({ id: 4n, side: 1, price: 1600n, size: 1n, remaining: 0n, fills: last }), 4n));
  state.apply(said(placed({ id: 5n, account: ADA, side: 1, price: 1400n, size: 50n }), 5n));
  state.apply(said(placed({ id: 6n, account: ADA, side: 2, price: 1800n, size: 30n }), 6n));
  return state;
}

describe('holdings', () => {
  test('a row says what is held, what it is worth and what it locks', () => {
    const [row] = holdings(busy().portfolio!);
    expect(row).toMatchObject({ size: 100n, entry: 1500n, mark: 1600n, value: 160_000n, unrealised: 10_000n });
    // At the worst settlement, 10.00, the position is worth 100,000 and the bid has lost 50 × 4.00.
    expect([row!.lockedByPosition, row!.lockedByOrders]).toEqual([60_000n, 20_000n]);
  });

  test('equity is available and locked, exactly', () => {
    const portfolio = busy().portfolio!;
    const sum = totals(holdings(portfolio));
    expect(portfolio.available + sum.lockedByPosition + sum.lockedByOrders).toBe(portfolio.equity);
    expect(portfolio.cash + sum.value).toBe(portfolio.equity);
    expect(sum.realised + sum.unrealised).toBe(sum.profit);
  });

  test('a settled market locks nothing and stays in sight with its profit', () => {
    const state = busy();
    state.apply(said({ case: 'marketSettled', value: { marketId: RAIN, price: 1900n, authorUserId: 1n } }, 7n));
    const [row] = holdings(state.portfolio!);
    expect(row).toMatchObject({
      size: 0n,
      profit: 40_000n,
      realised: 40_000n,
      lockedByPosition: 0n,
      lockedByOrders: 0n
    });
    expect(state.portfolio!.equity).toBe(state.portfolio!.available);
  });
});

describe('sorting', () => {
  const blank = {
    entry: 0n,
    mark: 0n,
    value: 0n,
    unrealised: 0n,
    realised: 0n,
    lockedByPosition: 0n,
    lockedByOrders: 0n
  };
  const row = (name: string, size: bigint, profit: bigint): Holding => ({
    ...blank,
    marketId: 1n,
    name,
    size,
    profit,
    status: MarketStatus.OPEN
  });
  const rows = [row('b', 0n, 5n), row('a', 3n, 5n), row('c', -2n, -1n)];
  const names = (column: 'name' | 'size' | 'profit' | 'entry', descending: boolean): string =>
    sorted(rows, { column, descending })
      .map(({ name }) => name)
      .join('');

  test('is by any column, both ways, and equals are by name', () => {
    expect([names('profit', true), names('profit', false)]).toEqual(['abc', 'cab']);
    expect([names('name', false), names('name', true)]).toEqual(['abc', 'cba']);
    expect([names('size', true), names('size', false)]).toEqual(['abc', 'cba']);
  });

  test('what is empty comes last either way', () => {
    expect([names('entry', true), names('entry', false)]).toEqual(['acb', 'acb']);
  });
});
