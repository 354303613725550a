/** What is read of a market at a glance: last price, how it moved in the last hour, the best prices. Pure. */

import type { Bar } from '#lib/exchange/history.ts';
import type { Market } from '#lib/exchange/market.ts';
import { formatPrice, withSign } from '#lib/exchange/units.ts';

export interface Glance {
  readonly price: string;
  /** What the price is: settled, last trade, or none yet. */
  readonly what: string;
  readonly change: bigint;
  readonly changed: string;
  readonly tone: string;
  readonly bid: string;
  readonly offer: string;
  /** Where the price lies between the settlement bounds, in percent; null when there is none. */
  readonly place: number | null;
}

export function glance(market: Market, bars: readonly Bar[]): Glance {
  const known = market.isSettled || market.hasTraded;
  const price = market.isSettled ? market.settlementPrice : market.lastPrice;
  const first = bars[0];
  const change = first && known ? price - BigInt(Math.round(first.open * 100)) : 0n;
  const span = market.high - market.low;
  const { bids, offers } = market.book;
  return {
    price: known ? formatPrice(price) : '–',
    what: market.isSettled ? 'settled' : market.hasTraded ? 'last trade' : 'no trade yet',
    change,
    changed: change ? `${change > 0n ? '▲' : '▼'} ${withSign(change, formatPrice)}` : '',
    tone: change > 0n ? 'text-bid' : change < 0n ? 'text-offer' : 'text-muted-foreground',
    bid: bids.best ? formatPrice(bids.best.price) : '–',
    offer: offers.best ? formatPrice(offers.best.price) : '–',
    place: known && span ? Number(((price - market.low) * 1000n) / span) / 10 : null
  };
}

/** Which page of `count` rows a wall shows: page after page, for so many milliseconds each. */
export function pageAt(now: number, count: number, perPage: number, everyMs: number): number {
  return Math.floor(now / everyMs) % Math.max(1, Math.ceil(count / perPage));
}
