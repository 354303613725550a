import { describe, expect, test } from 'vitest';
import { endsOf, equityCurve, intervalFor, unexplained, type Entry, type Past, type Stake } from './equity';

const RAIN = 5n;
const transfer = (time: bigint, cash: bigint): Entry => ({ time, cash, isTransfer: true, legs: [] });
const trade = (time: bigint, size: bigint, price: bigint): Entry => ({
  time,
  cash: -size * price,
  isTransfer: false,
  legs: [{ marketId: RAIN, size, cash: -size * price }]
});
const stake = (more: Partial<Stake>): Stake => ({
  marketId: RAIN,
  size: 0n,
  cashFlow: 0n,
  mark: 1500n,
  isSettled: false,
  middle: 1500n,
  marks: [],
  ...more
});

/** Given 1,000,000 at 10; bought 100 at 15.00 at 20, sold 40 at 17.00 at 30; somebody traded at 12.00 at 40. */
const story: Past = {
  entries: [transfer(10n, 1_000_000n), trade(20n, 100n, 1500n), trade(30n, -40n, 1700n)],
  since: 0n,
  cash: 1_000_000n - 150_000n + 68_000n,
  stakes: [
    stake({
      size: 60n,
      cashFlow: -82_000n,
      mark: 1200n,
      marks: [
        { time: 20n, price: 1500n },
        { time: 30n, price: 1700n },
        { time: 40n, price: 1200n }
      ]
    })
  ]
};

describe('equity over time', () => {
  test('is the money received, what trading brought, and what is held at the mark of then', () => {
    const { points, since } = equityCurve(story, [5n, 10n, 20n, 30n, 40n]);
    expect(since).toBe(0n);
    expect(points.map(({ equity }) => equity)).toEqual([0n, 1_000_000n, 1_000_000n, 1_020_000n, 990_000n]);
    expect(points.map(({ profit }) => profit)).toEqual([0n, 0n, 0n, 20_000n, -10_000n]);
    expect(unexplained(story)).toEqual([]);
  });

  test('money that comes later is no profit', () => {
    const past = { ...story, entries: [...story.entries, transfer(35n, 500n)], cash: story.cash + 500n };
    const { points } = equityCurve(past, [30n, 40n]);
    expect(points.map(({ equity, profit }) => equity - profit)).toEqual([1_000_000n, 1_000_500n]);
  });

  test('a settlement leaves what is held in the sum, at its price', () => {
    const settled = stake({
      cashFlow: -82_000n + 60n * 2000n,
      mark: 2000n,
      isSettled: true,
      marks: [...story.stakes[0]!.marks, { time: 50n, price: 2000n }]
    });
    const past = { ...story, cash: story.cash + 60n * 2000n, stakes: [settled] };
    const { points, since } = equityCurve(past, [40n, 50n, 60n]);
    expect(points.map(({ equity }) => equity)).toEqual([990_000n, 1_038_000n, 1_038_000n]);
    expect(points[2]!.equity).toBe(past.cash);
    expect(since).toBe(0n);
  });

  test('what the past leaves out was there before, and the line ends at the present all the same', () => {
    const past = { ...story, entries: story.entries.slice(2), since: 30n };
    const { points, since } = equityCurve(past, [20n, 30n, 40n]);
    expect(since).toBe(30n);
    expect(points.map(({ equity }) => equity)).toEqual([1_020_000n, 990_000n]);
    expect(unexplained(past)).toEqual([RAIN]);
  });

  test('a market that was settled since is dated by nobody: the line begins after it', () => {
    const settled = stake({ cashFlow: 38_000n, mark: 2000n, isSettled: true, marks: [{ time: 50n, price: 2000n }] });
    const past = { entries: [], since: 15n, cash: 1_038_000n, stakes: [settled] };
    const { points, since } = equityCurve(past, [20n, 50n, 60n]);
    expect(since).toBe(50n);
    expect(points.map(({ equity }) => equity)).toEqual([1_038_000n, 1_038_000n]);
  });
});

test('the interval is the shortest that gives a chart no more points than it is wide', () => {
  const second = 1_000_000_000n;
  expect([10n, 300n, 301n, 86_400n].map((seconds) => intervalFor(0n, seconds * second))).toEqual([1, 1, 5, 300]);
  expect(endsOf(61n * second, 200n * second, 60)).toEqual([120n * second, 180n * second]);
});
