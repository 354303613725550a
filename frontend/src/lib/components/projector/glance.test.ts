import { expect, test } from 'vitest';
import { glance, pageAt } from './glance';
import { RAIN, adasState, placed, said } from '#lib/exchange/testing.ts';

test('a market is read at a glance', () => {
  const state = adasState();
  const market = state.markets.get(RAIN)!;
  expect(glance(market, [])).toMatchObject({ price: '–', what: 'no trade yet', bid: '–', offer: '–', place: null });
  state.apply(said(placed({ id: 1n, side: 2, price: 1700n, size: 5n }), 2n));
  state.apply(said(placed({ id: 2n, side: 1, price: 1600n, size: 5n }), 3n));
  market.lastPrice = 1_700n;
  market.lastTime = 3n;
  const bars = [{ time: 0, open: 18, high: 18, low: 17, close: 17, volume: 1 }];
  expect(glance(market, bars)).toMatchObject({
    price: '17.00',
    what: 'last trade',
    changed: '▼ −1.00',
    tone: 'text-offer',
    bid: '16.00',
    offer: '17.00',
    place: 70
  });
  state.apply(said({ case: 'marketSettled', value: { marketId: RAIN, price: 2_000n } }, 4n));
  expect(glance(market, bars)).toMatchObject({ price: '20.00', what: 'settled', place: 100 });
});

test('a wall turns its pages by itself', () => {
  const pages = [0, 9_999, 10_000, 20_000].map((now) => pageAt(now, 17, 8, 10_000));
  expect(pages).toEqual([0, 0, 1, 2]);
  expect([pageAt(30_000, 17, 8, 10_000), pageAt(30_000, 0, 8, 10_000)]).toEqual([0, 0]);
});
