import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { fundBounds } from './funds';
import { matches, sections } from './grouping';
import { depthCurves } from '#lib/exchange/depth.ts';
import { addTrades, sparkPath, type Bar } from '#lib/exchange/history.ts';
import { Market } from '#lib/exchange/market.ts';
import { participants } from '#lib/components/market/participants.ts';
import { GroupSchema, MarketStatus } from '#lib/gen/exchange/v1/types_pb.ts';

function market(id: bigint, name: string, extra: Partial<Market> = {}): Market {
  return Object.assign(new Market(id), { name, low: 0n, high: 10_000n, status: MarketStatus.OPEN, ...extra });
}

const groups = new Map([[9n, create(GroupSchema, { groupId: 9n, name: 'Weather' })]]);

test('starred and pinned markets come first, groups after them, settled ones last', () => {
  const all = [
    market(1n, 'Settled', { status: MarketStatus.SETTLED }),
    market(2n, 'Plain'),
    market(3n, 'Rain', { groupId: 9n }),
    market(4n, 'Pinned', { pinned: true }),
    market(5n, 'Starred', { groupId: 9n })
  ];
  const found = sections(all, groups, (one) => one.marketId === 5n, '');
  expect(found.map((section) => [section.title, section.markets.map((one) => one.name)])).toEqual([
    ['Starred and pinned', ['Starred', 'Pinned']],
    ['Other markets', ['Plain', 'Settled']],
    ['Weather', ['Rain']]
  ]);
});

test('a search finds every word in name or description, without accents or case', () => {
  const one = market(1n, 'Température à midi', { description: 'in the school yard' });
  expect(['TEMPERATURE', 'yard midi', ''].map((search) => matches(one, search))).toEqual([true, true, true]);
  expect(matches(one, 'yard snow')).toBe(false);
});

test('a fund’s bounds follow from its basket, also with negative multipliers', () => {
  const markets = new Map([1n, 2n].map((id) => [id, market(id, `${id}`, { low: 100n, high: 300n })]));
  const part = (marketId: bigint, multiplier: string) => ({ marketId, multiplier });
  expect(fundBounds([part(1n, '2'), part(2n, '-1')], markets)).toEqual({ low: -100n, high: 500n });
  for (const wrong of ['', '0', '1.5', 'x', '-']) expect(fundBounds([part(1n, wrong)], markets)).toBeNull();
  expect([
    fundBounds([], markets),
    fundBounds([part(7n, '1')], markets),
    fundBounds([part(1n, '999999')], markets)
  ]).toEqual([null, null, null]);
});

test('trades become bars once, in their interval', () => {
  const one = market(1n, 'Rain');
  const bars: Bar[] = [];
  const trade = (sequence: bigint, second: bigint, price: bigint): void =>
    one.recordTrade({
      sequence,
      time: second * 1_000_000_000n,
      price,
      size: 100n,
      takerSide: 1,
      takerAccountId: 1n,
      makerAccountId: 2n
    });
  trade(1n, 10n, 5000n);
  trade(2n, 12n, 5200n);
  trade(3n, 16n, 5100n);
  let after = addTrades(bars, one, 5, 1n); // the first is in the candles already
  expect(bars.map((bar) => [bar.time, bar.open, bar.close, bar.volume])).toEqual([
    [10, 52, 52, 1],
    [15, 51, 51, 1]
  ]);
  after = addTrades(bars, one, 5, after);
  expect([after, bars.length]).toEqual([3n, 2]);
  trade(4n, 19n, 4900n);
  addTrades(bars, one, 5, after);
  expect(bars[1]).toMatchObject({ open: 51, high: 51, low: 49, close: 49, volume: 2 });
  expect(sparkPath(bars, 10, 10)).toBe('M0.0 0.0L10.0 10.0');
});

test('one far order does not press the depth flat', () => {
  const one = market(1n, 'Rain');
  const rest = (orderId: bigint, side: 1 | 2, price: bigint): void =>
    one.book.insert({ orderId, marketId: 1n, accountId: 3n, side, price, size: 5n, remaining: 5n, placedAt: 0n });
  expect(depthCurves(one.book, 100, 50)).toBeNull();
  rest(1n, 1, 5000n);
  rest(2n, 1, 100n);
  rest(3n, 2, 5100n);
  rest(4n, 2, 5150n);
  const curves = depthCurves(one.book, 100, 50)!;
  expect([curves.low > 4000n, curves.high, curves.bidTotal, curves.offerTotal]).toEqual([true, 5150n, 5n, 10n]);
  expect(participants(one, one.trades, new Map()).map((row) => [row.name, row.bids, row.offers])).toEqual([
    ['account 3', 10n, 10n]
  ]);
});
