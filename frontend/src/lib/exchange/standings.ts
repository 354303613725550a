/** Who is winning, in order. Pure. */

import type { LeaderboardRow } from '#lib/gen/exchange/v1/server_pb.ts';

export interface Standing {
  /** From 1; the same profit is the same rank, and the next rank counts everybody before it. */
  readonly rank: number;
  readonly accountId: bigint;
  readonly profit: bigint;
  readonly equity: bigint;
}

type Row = Pick<LeaderboardRow, 'accountId' | 'profit' | 'equity'>;

/** Largest profit first. */
export function standings(rows: readonly Row[]): Standing[] {
  const sorted = [...rows].sort((one, other) => {
    if (one.profit !== other.profit) return one.profit > other.profit ? -1 : 1;
    return one.accountId < other.accountId ? -1 : 1;
  });
  const found: Standing[] = [];
  for (const { accountId, profit, equity } of sorted) {
    const last = found[found.length - 1];
    const rank = last?.profit === profit ? last.rank : found.length + 1;
    found.push({ rank, accountId, profit, equity });
  }
  return found;
}

/** Rows in columns of `height`, at most `columns` of them: what fits on a wall. */
export function inColumns<T>(rows: readonly T[], height: number, columns: number): T[][] {
  const shown = rows.slice(0, height * columns);
  const found: T[][] = [];
  for (let at = 0; at < shown.length; at += height) found.push(shown.slice(at, at + height));
  return found;
}
