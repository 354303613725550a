/** The recent past of a market as a line: candles the exchange keeps, and the trades seen since. Pure. */

import type { Market } from './market';
import { toNumber } from './units';
import type { Candle } from '#lib/gen/exchange/v1/server_pb.ts';

const SECOND = 1_000_000_000n;

/** A candle as charts draw it: start in seconds since the epoch, prices as numbers. */
export interface Bar {
  readonly time: number;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
}

export const barOf = (candle: Candle): Bar => ({
  time: Number(candle.start / SECOND),
  open: toNumber(candle.open),
  high: toNumber(candle.high),
  low: toNumber(candle.low),
  close: toNumber(candle.close),
  volume: toNumber(candle.volume)
});

/**
 * Bars with the market's trades from number `from` on added to them; returns the number of the next trade and how many
 * bars at the end have changed. Trades that the candles hold already are passed over by `after`, a sequence.
 */
export function addTrades(bars: Bar[], market: Pick<Market, 'trades'>, interval: number, after: bigint): bigint {
  const trades = market.trades;
  let at = trades.length;
  while (at > 0 && trades[at - 1]!.sequence > after) at -= 1;
  for (; at < trades.length; at += 1) {
    const trade = trades[at]!;
    const time = Math.floor(Number(trade.time / SECOND) / interval) * interval;
    const price = toNumber(trade.price);
    const last = bars[bars.length - 1];
    if (last && last.time >= time) {
      last.high = Math.max(last.high, price);
      last.low = Math.min(last.low, price);
      last.close = price;
      last.volume += toNumber(trade.size);
    } else {
      bars.push({ time, open: price, high: price, low: price, close: price, volume: toNumber(trade.size) });
    }
  }
  return trades.length ? trades[trades.length - 1]!.sequence : after;
}

/** Points of a spark line in a box of `width` × `height`, for an SVG path; empty when there is nothing to draw. */
export function sparkPath(bars: readonly Bar[], width: number, height: number): string {
  if (bars.length < 2) return '';
  const first = bars[0]!.time;
  const span = bars[bars.length - 1]!.time - first || 1;
  const prices = bars.map((bar) => bar.close);
  const low = Math.min(...prices);
  const range = Math.max(...prices) - low || 1;
  const point = (bar: Bar): string => {
    const x = ((bar.time - first) / span) * width;
    const y = height - ((bar.close - low) / range) * height;
    return `${x.toFixed(1)} ${y.toFixed(1)}`;
  };
  return `M${bars.map(point).join('L')}`;
}
