import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { BUY, SELL } from './book';
import type { Trade } from './market';
import { closedTimes, joinStatuses, ownMarks, statusesOf } from './past';
import { ADA, BOB, RAIN, said } from './testing';
import { OwnFillSchema } from '#lib/gen/exchange/v1/server_pb.ts';
import { MarketStatus } from '#lib/gen/exchange/v1/types_pb.ts';

const { OPEN, HALTED, PAUSED, SETTLED } = MarketStatus;
const changed = (status: MarketStatus, sequence: bigint) =>
  said({ case: 'marketStatusChanged', value: { marketId: RAIN, status } }, sequence);

describe('times in which nobody could trade', () => {
  test('are those between halts or pauses and the next opening', () => {
    const facts = [
      said({ case: 'marketCreated', value: { market: { marketId: RAIN, status: HALTED } } }, 1n),
      changed(OPEN, 2n),
      changed(HALTED, 3n),
      changed(PAUSED, 4n),
      changed(OPEN, 5n),
      said({ case: 'marketSettled', value: { marketId: RAIN, price: 1500n } }, 6n),
      said({ case: 'marketUnsettled', value: { marketId: RAIN } }, 7n)
    ];
    const statuses = statusesOf(facts);
    expect(statuses.map(({ status }) => status)).toEqual([HALTED, OPEN, HALTED, PAUSED, OPEN, SETTLED, HALTED]);
    const second = 1_000_000_000n;
    expect(closedTimes(statuses)).toEqual([
      { from: second, to: 2n * second },
      { from: 3n * second, to: 5n * second },
      { from: 7n * second, to: null }
    ]);
  });

  test('what history and the feed both tell is there once', () => {
    const older = [{ time: 1n, status: HALTED }];
    const live = [...older, { time: 2n, status: OPEN }];
    expect(joinStatuses(older, live)).toEqual(live);
    expect(joinStatuses([], live)).toEqual(live);
  });
});

describe('marks of own fills', () => {
  const fill = (sequence: bigint, side: number) => create(OwnFillSchema, { sequence, time: sequence, side });
  const trade = (sequence: bigint, takerAccountId: bigint, makerAccountId: bigint): Trade => ({
    sequence,
    index: 0,
    time: sequence,
    price: 1500n,
    size: 1n,
    takerSide: BUY,
    takerAccountId,
    makerAccountId
  });

  test('come from history up to its sequence and from the feed after it, each once', () => {
    const fills = [fill(1n, SELL), fill(3n, BUY)];
    const trades = [trade(3n, ADA, BOB), trade(4n, BOB, BOB), trade(5n, BOB, ADA), trade(6n, ADA, BOB)];
    expect(ownMarks(fills, 3n, trades, ADA)).toEqual([
      { time: 1n, bought: false },
      { time: 3n, bought: true },
      { time: 5n, bought: false },
      { time: 6n, bought: true }
    ]);
  });
});
