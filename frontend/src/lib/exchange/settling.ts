/** Who would get what at a settlement. Pure; sizes are hundredths, cash ten-thousandths. */

import type { MarketPosition } from '#lib/gen/exchange/v1/server_pb.ts';

export interface Payout {
  readonly accountId: bigint;
  readonly size: bigint;
  /** Cash that the position becomes; negative for who is short at a price above zero. */
  readonly cash: bigint;
  /** What the market has brought over all, that cash included. */
  readonly profit: bigint;
}

/** Whoever holds or has traded, the largest profit first. */
export function payouts(positions: readonly MarketPosition[], price: bigint): Payout[] {
  return positions
    .map(({ accountId, position }) => {
      const size = position?.size ?? 0n;
      const cash = size * price;
      return { accountId, size, cash, profit: (position?.cashFlow ?? 0n) + cash };
    })
    .filter(({ size, profit }) => size !== 0n || profit !== 0n)
    .sort((one, other) => {
      if (one.profit !== other.profit) return one.profit > other.profit ? -1 : 1;
      return one.accountId < other.accountId ? -1 : 1;
    });
}
