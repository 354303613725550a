/** The settlement bounds of a basket. Pure. */

import type { Market } from '#lib/exchange/market.ts';
import { PRICE_MAX } from '#lib/exchange/units.ts';

export interface Part {
  readonly marketId: bigint;
  multiplier: string; // as typed
}

/** The least and the most a basket can settle at; null while it is none, or goes beyond what prices may be. */
export function fundBounds(
  parts: readonly Part[],
  markets: ReadonlyMap<bigint, Market>
): { low: bigint; high: bigint } | null {
  let low = 0n;
  let high = 0n;
  for (const { marketId, multiplier } of parts) {
    const market = markets.get(marketId);
    if (!market || !/^-?[1-9]\d{0,5}$/.test(multiplier)) return null;
    const factor = BigInt(multiplier);
    low += factor * (factor > 0n ? market.low : market.high);
    high += factor * (factor > 0n ? market.high : market.low);
  }
  return parts.length && low >= -PRICE_MAX && high <= PRICE_MAX ? { low, high } : null;
}
