/** An account's past as the exchange tells it, as far as its equity over time needs it. */

import { BUY } from './book';
import { endsOf, equityCurve, intervalFor, unexplained } from './equity';
import type { Curve, Entry, Mark, Past, Stake } from './equity';
import type { Exchange } from './exchange';
import type { Market } from './market';
import { PAGE, allFills, allTransfers, candlesBetween, factsAfter, patiently, statusFacts } from './reading';
import type { Candle, OwnFill, Redeemed, ServerMessage } from '#lib/gen/exchange/v1/server_pb.ts';
import type { TransferRecord } from '#lib/gen/exchange/v1/types_pb.ts';

const FILL_PAGES = 20;
const TRANSFER_PAGES = 5;
const FACT_PAGES = 20; // of each fund: only a redemption needs them
const SECOND = 1_000_000_000n;

export const fillEntry = ({ time, marketId, side, price, size }: OwnFill): Entry => {
  const signed = side === BUY ? size : -size;
  const cash = -signed * price;
  return { time, cash, isTransfer: false, legs: [{ marketId, size: signed, cash }] };
};

export const transferEntry = (accountId: bigint, { time, toAccountId, amount }: TransferRecord): Entry => ({
  time,
  cash: toAccountId === accountId ? amount : -amount,
  isTransfer: true,
  legs: []
});

/** One's part in a redemption: each leg at its mark, and the fee, which counts in the fund. */
export function redemptionEntry(fund: Market, time: bigint, fact: Redeemed): Entry {
  const leg = (marketId: bigint, size: bigint, mark: bigint) => ({ marketId, size, cash: -size * mark });
  const given = leg(fund.marketId, -fact.size, fact.mark);
  const legs = [
    { ...given, cash: given.cash - fact.fee },
    ...fund.constituents.map(({ marketId, multiplier }, at) =>
      leg(marketId, fact.size * multiplier, fact.constituentMarks[at]!)
    )
  ];
  return { time, cash: -fact.fee, isTransfer: false, legs };
}

/**
 * What a market was worth from when on: the closes of its candles, its settlements, and what was before one reversed.
 *
 * When in its interval a candle closed is not known, only that nobody trades once a market is settled: so in an interval
 * that ended settled the close came before the settlement, and otherwise it holds at the interval's end.
 */
export function marksOf(
  candles: readonly Candle[],
  intervalSeconds: number,
  statuses: readonly ServerMessage[]
): Mark[] {
  const length = BigInt(intervalSeconds) * SECOND;
  const decisions = statuses.filter(({ message }) => /^market(S|Uns)ettled$/.test(message.case ?? ''));
  const closed = (start: bigint): bigint => {
    const last = decisions.findLast(({ time }) => start <= time && time < start + length);
    return last?.message.case === 'marketSettled' ? last.time - 1n : start + length - 1n;
  };
  const traded: Mark[] = candles.map(({ start, close }) => ({ time: closed(start), price: close }));
  const before = (time: bigint): Mark[] => traded.filter((mark) => mark.time <= time).slice(-1);
  const decided = decisions.flatMap(({ time, message }): Mark[] => {
    if (message.case === 'marketSettled') return [{ time, price: message.value.price }];
    return before(time).map(({ price }) => ({ time, price }));
  });
  return [...traded, ...decided].sort((one, other) => (one.time < other.time ? -1 : 1));
}

const byTime = (one: { time: bigint }, other: { time: bigint }): number => (one.time < other.time ? -1 : 1);

export interface Account {
  readonly curve: Curve;
  readonly interval: number;
  /** Names of markets where the past does not explain what is there: the line is not exact. */
  readonly unexplained: string[];
}

/** The acting account's equity over time; null when `goesOn` says that it is of no more use. */
export async function readEquity(exchange: Exchange, goesOn: () => boolean): Promise<Account | null> {
  const { state } = exchange;
  const accountId = state.accountId;
  const fills = await allFills(exchange, 0n, FILL_PAGES, goesOn);
  const transfers = await allTransfers(exchange, TRANSFER_PAGES, goesOn);
  if (!goesOn()) return null;
  const entries = [...fills.rows.map(fillEntry), ...transfers.rows.map((row) => transferEntry(accountId, row))];
  const now = exchange.clock.now();
  const first = (read: { rows: readonly { time: bigint }[]; complete: boolean }): bigint =>
    read.complete ? 0n : (read.rows[0]?.time ?? now);
  const since = first(fills) > first(transfers) ? first(fills) : first(transfers);
  const from = since || (entries.sort(byTime)[0]?.time ?? now);
  const interval = intervalFor(from, now);
  const marks = new Map<bigint, Mark[]>();
  for (const { market, isTouched } of [...state.portfolio!.positions.values()]) {
    if (!isTouched || !goesOn()) continue;
    const candles = await patiently(() => candlesBetween(exchange, market.marketId, interval, from, now));
    marks.set(market.marketId, marksOf(candles, interval, await statusFacts(exchange, market.marketId)));
  }
  if (!goesOn()) return null;
  let past = pastOf(exchange, entries.sort(byTime), since, marks);
  if (!since && unexplained(past).length) {
    const redeemed = await redemptions(exchange, accountId, unexplained(past), goesOn);
    if (!goesOn()) return null;
    past = pastOf(exchange, [...entries, ...redeemed].sort(byTime), since, marks);
  }
  const rest = since ? [] : unexplained(past).map((id) => state.markets.get(id)?.name ?? '');
  return { curve: equityCurve(past, endsOf(from, now, interval)), interval, unexplained: rest };
}

/** Own redemptions of the funds that may have to do with these markets. */
async function redemptions(
  exchange: Exchange,
  accountId: bigint,
  marketIds: readonly bigint[],
  goesOn: () => boolean
): Promise<Entry[]> {
  const concerned = (fund: Market): boolean =>
    fund.isFund &&
    (marketIds.includes(fund.marketId) || fund.constituents.some(({ marketId }) => marketIds.includes(marketId)));
  const found: Entry[] = [];
  for (const fund of [...exchange.state.markets.values()].filter(concerned)) {
    let after = 1n;
    for (let page = 0; page < FACT_PAGES && goesOn(); page += 1) {
      const { messages, next, more } = await patiently(() => factsAfter(exchange, fund.marketId, after, PAGE));
      for (const { time, message } of messages) {
        if (message.case !== 'redeemed' || message.value.accountId !== accountId) continue;
        found.push(redemptionEntry(fund, time, message.value));
      }
      if (!more) break;
      after = next;
    }
  }
  return found;
}

function pastOf(
  exchange: Exchange,
  entries: readonly Entry[],
  since: bigint,
  marks: ReadonlyMap<bigint, Mark[]>
): Past {
  const portfolio = exchange.state.portfolio!;
  const stakes = [...portfolio.positions.values()].map(({ market, size, cashFlow }): Stake => ({
    marketId: market.marketId,
    size,
    cashFlow,
    mark: market.mark,
    isSettled: market.isSettled,
    middle: (market.low + market.high) >> 1n,
    marks: marks.get(market.marketId) ?? []
  }));
  return { entries, since, stakes, cash: portfolio.cash };
}
