import { describe, expect, test } from 'vitest';
import type { Book } from './book';
import { Replay, playOn } from './replay';
import { State } from './state.svelte';
import { ADA, BOB, RAIN, placed, said } from './testing';
import type { ServerMessage } from '#lib/gen/exchange/v1/server_pb.ts';
import { MarketStatus } from '#lib/gen/exchange/v1/types_pb.ts';

const made = said({
  case: 'marketCreated',
  value: { market: { marketId: RAIN, name: 'Rain', low: 1000n, high: 2000n, status: MarketStatus.OPEN } }
});
const plain = (book: Book): string[] =>
  [...book.orders.values()].map(({ orderId, side, price, remaining }) => `${orderId} ${side} ${price} ${remaining}`);

/** A market with orders that rest, trade, are amended and cancelled, by a fixed rule. */
function story(count: number): ServerMessage[] {
  const state = new State(
    () => undefined,
    () => undefined
  );
  state.apply(made);
  const facts = [made];
  let seed = 7;
  const chance = (below: number): number => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
  for (let at = 2n; facts.length < count; at += 1n) {
    const resting = [...state.markets.get(RAIN)!.book.orders.values()];
    const target = resting[chance(Math.max(1, resting.length))];
    const kind = chance(10);
    let fact: ServerMessage;
    if (target && kind < 2) {
      const value = { marketId: RAIN, orderIds: [target.orderId], accountId: target.accountId };
      fact = said({ case: 'ordersCancelled', value }, at);
    } else if (target && kind < 4) {
      const size = target.remaining > 1n ? target.remaining / 2n : 1n;
      const fills = [{ orderId: target.orderId, accountId: target.accountId, size, price: target.price }];
      const side = target.side === 1 ? 2 : 1;
      fact = said(placed({ id: at, account: ADA, side, price: target.price, size, remaining: 0n, fills }), at);
    } else if (target && kind < 5) {
      const { orderId, accountId, side } = target;
      const value = { marketId: RAIN, orderId, accountId, side, price: target.price + 1n, size: 9n, remaining: 9n };
      fact = said({ case: 'orderAmended', value }, at);
    } else {
      const side = chance(2) ? 1 : 2;
      const price = BigInt(side === 1 ? 1100 + chance(300) : 1500 + chance(300));
      fact = said(placed({ id: at, account: chance(2) ? ADA : BOB, side, price, size: BigInt(1 + chance(50)) }), at);
    }
    state.apply(fact);
    facts.push(fact);
  }
  return facts;
}

/** The book as the feed would have left it after so many facts. */
function bookAfter(facts: readonly ServerMessage[], count: number): string[] {
  const state = new State(
    () => undefined,
    () => undefined
  );
  for (const fact of facts.slice(0, count)) state.apply(fact);
  return plain(state.markets.get(RAIN)!.book);
}

describe('a replay', () => {
  const facts = story(2_600);
  const replay = new Replay(RAIN);
  for (let at = 0; at < facts.length; at += 700) replay.append(facts.slice(at, at + 700));

  test('begins where the market was made', () => {
    expect([replay.position, replay.market?.name, replay.commits.length]).toEqual([1, 'Rain', 2_600]);
  });

  test('has the book of any place, whichever way it is reached', () => {
    for (const place of [1, 2, 499, 500, 501, 2_600, 1_200, 1_201, 1_199, 3, 2_599, 1_700, 501, 1]) {
      replay.seek(place);
      expect(plain(replay.market!.book)).toEqual(bookAfter(facts, place));
    }
  });

  test('has the trades up to there, and the last price with them', () => {
    replay.seek(1_500);
    const { sequence } = replay.current!;
    const past = replay.trades.slice(0, replay.tradeCount);
    expect(past.every((trade) => trade.sequence <= sequence)).toBe(true);
    expect(replay.trades[replay.tradeCount]!.sequence > sequence).toBe(true);
    expect(replay.market!.lastPrice).toBe(past[past.length - 1]!.price);
  });

  test('finds a place by sequence and by time, and does not leave what is loaded', () => {
    expect([replay.positionAt(1n), replay.positionAt(40n), replay.positionAt(10_000n)]).toEqual([1, 40, 2_600]);
    expect(replay.positionAtTime(40_500_000_000n)).toBe(40);
    replay.seek(99_999);
    expect(replay.position).toBe(2_600);
    replay.seek(-5);
    expect(replay.position).toBe(1);
  });

  test('knows which orders were whose', () => {
    replay.seek(800);
    const own = [...replay.ordersOf(ADA).values()];
    expect(own.length).toBeGreaterThan(0);
    expect(own.every((order) => order.accountId === ADA)).toBe(true);
    expect(replay.ordersOf(0n).size).toBe(0);
  });
});

describe('settlement and its reversal', () => {
  test('are places like others', () => {
    const replay = new Replay(RAIN);
    replay.append([
      made,
      said(placed({ id: 1n, side: 1, price: 1200n, size: 5n }), 2n),
      said({ case: 'marketSettled', value: { marketId: RAIN, price: 1500n } }, 3n),
      said({ case: 'marketUnsettled', value: { marketId: RAIN } }, 4n)
    ]);
    const seen = [2, 3, 4, 3, 2].map((place) => {
      replay.seek(place);
      return [replay.market!.status, replay.market!.book.orders.size];
    });
    const { OPEN, SETTLED, HALTED } = MarketStatus;
    expect(seen).toEqual([
      [OPEN, 1],
      [SETTLED, 0],
      [HALTED, 0],
      [SETTLED, 0],
      [OPEN, 1]
    ]);
  });
});

describe('playing', () => {
  const replay = new Replay(RAIN);
  const second = 1_000_000_000n;
  replay.append([
    made,
    said(placed({ id: 1n, side: 1, price: 1200n, size: 5n }), 2n),
    said(placed({ id: 2n, side: 1, price: 1201n, size: 5n }), 3_600n)
  ]);

  test('goes as fast as it is told', () => {
    expect(playOn(replay, second, 100, 1)).toBe(second + second / 10n);
    expect(playOn(replay, second, 90, 10)).toBe(second + (second * 9n) / 10n);
  });

  test('passes over times in which nothing happened', () => {
    expect(playOn(replay, 2n * second, 10, 1)).toBe(3_600n * second - second / 2n);
  });

  test('goes on behind the last one', () => {
    expect(playOn(replay, 3_600n * second, 1_000, 1)).toBe(3_601n * second);
  });
});
