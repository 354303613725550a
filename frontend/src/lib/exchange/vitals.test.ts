import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { follow, formatAge, formatBound, formatBytes, fullness, levelOf, rate, within } from './vitals';
import { DepthSchema, DurationsSchema, HealthSchema } from '#lib/gen/exchange/v1/server_pb.ts';

const sample = (at: number, requests: bigint, startedAt = 1n) => ({
  at,
  health: create(HealthSchema, { requests, startedAt })
});
const durations = (...counts: bigint[]) => create(DurationsSchema, { boundsUs: [1_000, 5_000], counts });

test('rates are of the last minute and of one process', () => {
  let samples = follow([], sample(0, 100n));
  expect(rate(samples, (health) => health.requests)).toBeNull();
  samples = follow(follow(samples, sample(30_000, 400n)), sample(70_000, 900n));
  expect(samples).toHaveLength(2);
  expect(rate(samples, (health) => health.requests)).toBe(12.5);
  expect(follow(samples, sample(71_000, 3n, 2n))).toHaveLength(1);
});

test('a share of what happened in between is within a bound', () => {
  const [before, after] = [durations(100n, 0n, 5n), durations(190n, 9n, 6n)];
  expect([0.5, 0.95, 1].map((share) => within(before, after, share))).toEqual([1, 5, Infinity]);
  expect(within(after, after, 0.5)).toBeNull();
  expect(within(undefined, after, 0.5)).toBe(1);
});

test('figures are said in words that can be read at a glance', () => {
  expect([12n, 2_048n, 3_500_000n, 80_000_000_000n].map(formatBytes)).toEqual(['12 B', '2 KiB', '3.3 MiB', '74.5 GiB']);
  expect([null, 2.5, 2_500, Infinity].map(formatBound)).toEqual([
    'none',
    '≤ 2.5 ms',
    '≤ 2.5 s',
    'longer than measured'
  ]);
  expect([0n, 61_000_000_000n, 7_200_000_000_000n].map((age) => formatAge(1n, 1n + age))).toEqual([
    '0 seconds',
    '1 minute',
    '2 hours'
  ]);
  expect(fullness(create(DepthSchema, { total: 9n, fullest: 5n, limit: 10n }))).toBe(0.5);
  expect([null, 1, 10, 100].map((value) => levelOf(value, 10, 100))).toEqual(['well', 'well', 'watch', 'bad']);
});
