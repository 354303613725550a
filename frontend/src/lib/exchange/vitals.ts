/** How the exchange is doing, from two answers of it: rates, shares of durations, and what needs a look. Pure. */

import { milliseconds } from './units';
import type { Depth, Durations, Health } from '#lib/gen/exchange/v1/server_pb.ts';

/** An answer, and when it came in monotonic milliseconds. */
export interface Sample {
  readonly at: number;
  readonly health: Health;
}

export type Level = 'well' | 'watch' | 'bad';

const KEPT_MS = 60_000; // what figures are of
const MIB = 1 << 20;

/** Adds an answer, and forgets those that are too old or of a process that is gone. */
export function follow(samples: readonly Sample[], next: Sample): Sample[] {
  const same = samples.filter(
    ({ at, health }) => next.at - at <= KEPT_MS && health.startedAt === next.health.startedAt
  );
  return [...same, next];
}

/** How much a counter grew in a second, between the oldest answer and the newest; null with but one. */
export function rate(samples: readonly Sample[], counter: (health: Health) => bigint): number | null {
  const [first, last] = [samples[0], samples[samples.length - 1]];
  if (!first || !last || last.at <= first.at) return null;
  return (Number(counter(last.health) - counter(first.health)) / (last.at - first.at)) * 1000;
}

/** The least bound in milliseconds that such a share of durations was within; Infinity beyond all, null for none. */
export function within(before: Durations | undefined, after: Durations | undefined, share: number): number | null {
  if (!after) return null;
  const counts = after.counts.map((count, at) => Number(count - (before?.counts[at] ?? 0n)));
  const total = counts.reduce((sum, count) => sum + count, 0);
  let reached = 0;
  for (const [at, count] of counts.entries()) {
    reached += count;
    if (total && reached >= share * total) return at < after.boundsUs.length ? after.boundsUs[at]! / 1000 : Infinity;
  }
  return null;
}

/** How much of what fits the fullest place holds, from 0 to 1; 0 where there is no limit. */
export const fullness = (depth: Depth | undefined): number =>
  depth?.limit ? Number(depth.fullest) / Number(depth.limit) : 0;

export const levelOf = (value: number | null, watch: number, bad: number): Level =>
  value === null || value < watch ? 'well' : value < bad ? 'watch' : 'bad';

export function formatBytes(bytes: bigint): string {
  const number = Number(bytes);
  if (number < 1024) return `${number} B`;
  if (number < MIB) return `${(number / 1024).toFixed(0)} KiB`;
  if (number < 1024 * MIB) return `${(number / MIB).toFixed(number < 10 * MIB ? 1 : 0)} MiB`;
  return `${(number / MIB / 1024).toFixed(1)} GiB`;
}

/** A duration in milliseconds that is known as a bound. */
export function formatBound(bound: number | null): string {
  if (bound === null) return 'none';
  if (bound === Infinity) return 'longer than measured';
  return bound < 1000 ? `≤ ${bound} ms` : `≤ ${bound / 1000} s`;
}

/** How long ago something was, in words that do not change all the time. */
export function formatAge(from: bigint, now: bigint): string {
  const seconds = Math.max(0, Math.round((milliseconds(now) - milliseconds(from)) / 1000));
  const units: [number, string][] = [
    [86_400, 'day'],
    [3_600, 'hour'],
    [60, 'minute']
  ];
  for (const [size, name] of units) {
    const count = Math.floor(seconds / size);
    if (count) return `${count} ${name}${count === 1 ? '' : 's'}`;
  }
  return `${seconds} second${seconds === 1 ? '' : 's'}`;
}
