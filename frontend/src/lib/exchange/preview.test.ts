import { describe, expect, test } from 'vitest';
import { preview, type Draft } from './preview';
import type { State } from './state.svelte';
import { ADA, CASH, RAIN, adasState, placed, said } from './testing';
import { TimeInForce } from '#lib/gen/exchange/v1/types_pb.ts';

const BUY = 1;
const SELL = 2;
const limit = { timeInForce: TimeInForce.GTC, postOnly: false, marketOrder: false };

const look = (state: State, draft: Partial<Draft> & Pick<Draft, 'side' | 'size'>) =>
  preview({ price: 0n, ...limit, ...draft }, state.markets.get(RAIN)!, state.portfolio!, state.orders.values());

/** Bob offers 50 at 15.00 and 50 at 16.00, and bids 50 at 14.00. */
function busy(): State {
  const state = adasState();
  state.apply(said(placed({ id: 1n, side: SELL, price: 1500n, size: 50n })));
  state.apply(said(placed({ id: 2n, side: SELL, price: 1600n, size: 50n })));
  state.apply(said(placed({ id: 3n, side: BUY, price: 1400n, size: 50n })));
  return state;
}

describe('the funds check of the rules', () => {
  test.each([
    ['a bid of 1 at 15', BUY],
    ['an offer of 1 at 15', SELL]
  ] as const)('%s leaves 95 of 100', (_, side) => {
    expect(look(adasState(), { side, price: 1500n, size: 100n }).available).toBe(950_000n);
  });

  test('both together leave 95', () => {
    const state = adasState();
    state.apply(said(placed({ id: 1n, account: ADA, side: BUY, price: 1400n, size: 100n })));
    expect(look(state, { side: SELL, price: 1600n, size: 100n }).available).toBe(CASH - 40_000n);
  });

  test('exactly nothing left is accepted, one less is not', () => {
    expect(look(adasState(), { side: BUY, price: 1500n, size: 2000n }).refusal).toBe('');
    const more = look(adasState(), { side: BUY, price: 1500n, size: 2001n });
    expect([more.available, more.refusal]).toEqual([-500n, 'There is not enough available cash.']);
  });

  test('what is predicted is what is, once the order has been placed', () => {
    const state = busy();
    const shown = look(state, { side: BUY, price: 1600n, size: 120n });
    const fills = [
      { orderId: 1n, accountId: 20n, size: 50n, price: 1500n },
      { orderId: 2n, accountId: 20n, size: 50n, price: 1600n }
    ];
    state.apply(said(placed({ id: 9n, account: ADA, side: BUY, price: 1600n, size: 120n, remaining: 20n, fills }), 2n));
    expect(state.portfolio!.available).toBe(shown.available);
    expect([shown.filled, shown.resting, shown.cost]).toEqual([100n, 20n, 187_000n]);
  });
});

describe('what an order takes', () => {
  test('fills are at the prices that rest, and the worst case counts them', () => {
    const shown = look(busy(), { side: BUY, price: 2000n, size: 60n });
    expect(shown.takes).toEqual([
      { price: 1500n, size: 50n, of: 50n },
      { price: 1600n, size: 10n, of: 50n }
    ]);
    expect([shown.cost, shown.worst]).toEqual([91_000n, 60n * 1000n - 91_000n]);
  });

  test('a market order takes what there is and drops the rest', () => {
    const shown = look(busy(), { side: SELL, size: 80n, marketOrder: true, timeInForce: TimeInForce.IOC });
    expect([shown.filled, shown.resting, shown.dropped, shown.cost]).toEqual([50n, 0n, 30n, -70_000n]);
  });

  test('own orders in the way are cancelled, those behind the last fill are not', () => {
    const state = busy();
    state.apply(said(placed({ id: 4n, account: ADA, side: SELL, price: 1500n, size: 30n })));
    expect(look(state, { side: BUY, price: 1500n, size: 50n }).cancelled).toEqual([]);
    const shown = look(state, { side: BUY, price: 1500n, size: 60n });
    expect([shown.cancelled.map((order) => order.orderId), shown.filled, shown.resting]).toEqual([[4n], 50n, 10n]);
    expect(shown.takes).toEqual([{ price: 1500n, size: 50n, of: 50n }]);
  });
});

describe('why it would be refused', () => {
  test.each([
    ['a price outside the bounds', { price: 2001n }, 'The price is outside the settlement bounds.'],
    ['post-only that would trade', { price: 1500n, postOnly: true }, 'Post-only, and it would meet an order at once.'],
    [
      'fill or kill without enough',
      { price: 1500n, size: 60n, timeInForce: TimeInForce.FOK },
      'Fill or kill, and there is not enough to take.'
    ]
  ])('%s', (_, draft, refusal) => {
    expect(look(busy(), { side: BUY, size: 10n, ...draft }).refusal).toBe(refusal);
  });

  test('a position limit, unless the order leads back towards zero', () => {
    const state = busy();
    state.markets.get(RAIN)!.positionLimit = 40n;
    expect(look(state, { side: BUY, price: 1500n, size: 41n }).refusal).toContain('position limit');
    expect(look(state, { side: BUY, price: 1500n, size: 40n }).refusal).toBe('');
    const fills = [{ orderId: 1n, accountId: 20n, size: 50n, price: 1500n }];
    state.apply(said(placed({ id: 9n, account: ADA, side: BUY, price: 1500n, size: 50n, remaining: 0n, fills }), 2n));
    expect(look(state, { side: SELL, price: 1400n, size: 5n }).refusal).toBe('');
  });
});
