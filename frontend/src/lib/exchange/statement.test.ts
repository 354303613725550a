import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { marksOf } from './statement';
import { CandleSchema, ServerMessageSchema } from '#lib/gen/exchange/v1/server_pb.ts';

const SECOND = 1_000_000_000n;
const MINUTE = 60;
const candle = (minute: bigint, close: bigint) => create(CandleSchema, { start: minute * 60n * SECOND, close });
const said = (seconds: bigint, message: MessageInitShape<typeof ServerMessageSchema>['message']) =>
  create(ServerMessageSchema, { time: seconds * SECOND, message });
const settled = (seconds: bigint, price: bigint) =>
  said(seconds, { case: 'marketSettled', value: { marketId: 1n, price } });
const unsettled = (seconds: bigint) => said(seconds, { case: 'marketUnsettled', value: { marketId: 1n } });

/** What it is worth at the end of each of the first minutes. */
function atEnds(marks: ReturnType<typeof marksOf>, minutes: number): (bigint | undefined)[] {
  return Array.from({ length: minutes }, (_, minute) => {
    const end = BigInt(minute + 1) * 60n * SECOND;
    return marks.findLast(({ time }) => time <= end)?.price;
  });
}

describe('what a market was worth', () => {
  test('a settlement outlasts the last trade of its interval', () => {
    const marks = marksOf([candle(0n, 50n), candle(1n, 60n)], MINUTE, [settled(61n, 80n)]);
    expect(atEnds(marks, 3)).toEqual([50n, 80n, 80n]);
  });

  test('a settlement that is reversed leaves the last trade', () => {
    const statuses = [settled(70n, 80n), unsettled(130n)];
    expect(atEnds(marksOf([candle(0n, 50n), candle(1n, 60n)], MINUTE, statuses), 3)).toEqual([50n, 80n, 60n]);
    const within = [settled(70n, 80n), unsettled(80n)];
    expect(atEnds(marksOf([candle(0n, 50n), candle(1n, 60n)], MINUTE, within), 3)).toEqual([50n, 60n, 60n]);
  });

  test('other changes of status say nothing of it', () => {
    const halted = said(61n, { case: 'marketStatusChanged', value: { marketId: 1n, status: 2 } });
    expect(atEnds(marksOf([candle(0n, 50n)], MINUTE, [halted]), 2)).toEqual([50n, 50n]);
  });
});
