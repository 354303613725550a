/**
 * Equity over time, found again from the past. Pure.
 *
 * At any moment an account's equity is the money it was given, the cash that trading brought, and what it held at the
 * mark of then. All three are in history: transfers, fills with redemptions, and the last trade before the moment, which
 * the close of a candle is. So each point is exact, at the ends of the candles' intervals. A settlement needs no entry of
 * its own: what is held stays in the sum, at the settlement price.
 *
 * Where the past is not whole (it is read up to a bound) the walk begins at what history leaves unexplained of the
 * present, so that the line always ends at what is there. Such a rest must be dated before the line begins: in a market
 * that was settled since nobody can tell its size from its cash, and the line begins after that.
 */

/** Cash and contracts that changed hands. Cash is ten-thousandths, sizes are hundredths. */
export interface Entry {
  readonly time: bigint;
  readonly cash: bigint;
  /** Money received from or paid to other accounts: no profit and no loss. */
  readonly isTransfer: boolean;
  readonly legs: readonly { readonly marketId: bigint; readonly size: bigint; readonly cash: bigint }[];
}

/** From a moment on a market is worth this price: after a trade, or settled. */
export interface Mark {
  readonly time: bigint;
  readonly price: bigint;
}

/** What an account has in one market now. */
export interface Stake {
  readonly marketId: bigint;
  readonly size: bigint;
  readonly cashFlow: bigint;
  /** What it is worth now: the settlement price where it is settled. */
  readonly mark: bigint;
  readonly isSettled: boolean;
  /** What it was worth before anybody traded. */
  readonly middle: bigint;
  /** Oldest first. */
  readonly marks: readonly Mark[];
}

export interface Past {
  /** Oldest first. */
  readonly entries: readonly Entry[];
  /** Where the entries begin; 0 when all there ever were are here. */
  readonly since: bigint;
  readonly stakes: readonly Stake[];
  readonly cash: bigint;
}

export interface Point {
  readonly time: bigint;
  readonly equity: bigint;
  /** Equity less all money received. */
  readonly profit: bigint;
}

export interface Curve {
  readonly points: Point[];
  /** The line begins here because what was before cannot be told; 0 when it begins with the account. */
  readonly since: bigint;
}

interface Running {
  readonly stake: Stake;
  size: bigint;
  cash: bigint;
  mark: bigint;
  next: number;
}

/** Points at `times`, oldest first; those before the line can begin are left out. */
export function equityCurve(past: Past, times: readonly bigint[]): Curve {
  const runs = beginnings(past);
  let since = past.since;
  for (const { stake, cash } of runs.values()) {
    const settled = stake.isSettled && cash ? (stake.marks[stake.marks.length - 1]?.time ?? 0n) : 0n;
    if (settled > since) since = settled;
  }
  let received = past.cash - cashOf(past.stakes) - sum(past.entries.filter((entry) => entry.isTransfer));
  const points: Point[] = [];
  let at = 0;
  for (const time of times) {
    for (; at < past.entries.length && past.entries[at]!.time <= time; at += 1) {
      const entry = past.entries[at]!;
      if (entry.isTransfer) received += entry.cash;
      for (const leg of entry.legs) add(runs.get(leg.marketId), leg, 1n);
    }
    let profit = 0n;
    for (const run of runs.values()) profit += run.cash + run.size * markAt(run, time);
    if (time >= since) points.push({ time, equity: received + profit, profit });
  }
  return { points, since };
}

function add(run: Running | undefined, leg: Entry['legs'][number], sign: bigint): void {
  if (!run) return;
  run.size += sign * leg.size;
  run.cash += sign * leg.cash;
}

/** What is not explained by the entries was there before they begin. */
function beginnings(past: Past): Map<bigint, Running> {
  const runs = new Map<bigint, Running>();
  for (const stake of past.stakes) {
    runs.set(stake.marketId, { stake, size: stake.size, cash: stake.cashFlow, mark: stake.middle, next: 0 });
  }
  for (const entry of past.entries) for (const leg of entry.legs) add(runs.get(leg.marketId), leg, -1n);
  for (const run of runs.values()) {
    if (!run.stake.isSettled) continue; // what was held became cash: -size is what the entries bought
    run.cash += run.size * run.stake.mark;
    run.size = 0n;
  }
  return runs;
}

/** Markets of which the entries do not explain all that is there now. */
export const unexplained = (past: Past): bigint[] =>
  [...beginnings(past).values()].filter(({ size, cash }) => size || cash).map(({ stake }) => stake.marketId);

/** Cash now is what was received and what all markets brought; in a settled one its position is in its cash flow. */
const cashOf = (stakes: readonly Stake[]): bigint => stakes.reduce((total, stake) => total + stake.cashFlow, 0n);

const sum = (entries: readonly Entry[]): bigint => entries.reduce((total, entry) => total + entry.cash, 0n);

function markAt(run: Running, time: bigint): bigint {
  const { marks } = run.stake;
  for (; run.next < marks.length && marks[run.next]!.time <= time; run.next += 1) run.mark = marks[run.next]!.price;
  return run.mark;
}

const INTERVALS = [1, 5, 15, 60, 300, 900, 3_600, 14_400, 86_400, 604_800];
const POINTS = 300;

/** The shortest interval in seconds at which a stretch of time has no more points than a chart is wide. */
export function intervalFor(from: bigint, to: bigint): number {
  const seconds = Number((to - from) / 1_000_000_000n);
  return INTERVALS.find((interval) => seconds / interval <= POINTS) ?? INTERVALS[INTERVALS.length - 1]!;
}

/** The ends of the intervals after `from` and up to `to`. */
export function endsOf(from: bigint, to: bigint, interval: number): bigint[] {
  const step = BigInt(interval) * 1_000_000_000n;
  const ends: bigint[] = [];
  for (let end = (from / step + 1n) * step; end <= to; end += step) ends.push(end);
  return ends;
}
