/** History as the exchange answers it, and as it is joined with what the feed has brought since. Pure. */

import { BUY, SELL } from './book';
import type { Market, StatusChange, Trade } from './market';
import type { OwnFill, ServerMessage, Trade as TradeMessage } from '#lib/gen/exchange/v1/server_pb.ts';
import { MarketStatus } from '#lib/gen/exchange/v1/types_pb.ts';

export const tradeOf = (message: TradeMessage): Trade => ({
  sequence: message.sequence,
  index: message.index,
  time: message.time,
  price: message.price,
  size: message.size,
  takerSide: message.takerSide === BUY ? BUY : SELL,
  takerAccountId: message.takerAccountId,
  makerAccountId: message.makerAccountId
});

/** The status that each fact left a market in; facts that say nothing of it are passed over. Oldest first. */
export function statusesOf(facts: readonly ServerMessage[]): StatusChange[] {
  return facts.flatMap(({ time, message }): StatusChange[] => {
    switch (message.case) {
      case 'marketCreated':
        return [{ time, status: message.value.market!.status }];
      case 'marketStatusChanged':
        return [{ time, status: message.value.status }];
      case 'marketSettled':
        return [{ time, status: MarketStatus.SETTLED }];
      case 'marketUnsettled':
        return [{ time, status: MarketStatus.HALTED }];
      default:
        return [];
    }
  });
}

/** Changes from history, and those the feed brought after the last of them. */
export function joinStatuses(older: readonly StatusChange[], live: readonly StatusChange[]): StatusChange[] {
  const last = older[older.length - 1]?.time ?? 0n;
  return [...older, ...live.filter(({ time }) => time > last)];
}

/** A stretch of time in which nobody could trade; `to` is null while it lasts. */
export interface Closed {
  readonly from: bigint;
  readonly to: bigint | null;
}

/** When a market was halted or paused. What a settlement ended is over, not closed. */
export function closedTimes(statuses: readonly StatusChange[]): Closed[] {
  const found: Closed[] = [];
  let from: bigint | null = null;
  for (const { time, status } of statuses) {
    const closed = status === MarketStatus.HALTED || status === MarketStatus.PAUSED;
    if (closed) from ??= time;
    else if (from !== null) {
      found.push({ from, to: time });
      from = null;
    }
  }
  return from === null ? found : [...found, { from, to: null }];
}

/** One's own part in a trade, as a chart marks it. */
export interface OwnMark {
  readonly time: bigint;
  readonly bought: boolean;
}

/** Own fills as of a sequence, and from then on those in the market's trades; oldest first. */
export function ownMarks(
  fills: readonly OwnFill[],
  asOf: bigint,
  trades: readonly Trade[],
  accountId: bigint
): OwnMark[] {
  const marks = fills.map(({ time, side }) => ({ time, bought: side === BUY }));
  let at = trades.length;
  while (at > 0 && trades[at - 1]!.sequence > asOf) at -= 1;
  for (; at < trades.length; at += 1) {
    const { time, takerAccountId, makerAccountId, takerSide } = trades[at]!;
    if (takerAccountId === accountId) marks.push({ time, bought: takerSide === BUY });
    else if (makerAccountId === accountId) marks.push({ time, bought: takerSide !== BUY });
  }
  return marks;
}

/** Trades as of a sequence, and from then on those the feed has brought. */
export function* everyTrade(older: readonly Trade[], asOf: bigint, market: Market): Generator<Trade> {
  yield* older;
  for (const trade of market.trades) if (trade.sequence > asOf) yield trade;
}
