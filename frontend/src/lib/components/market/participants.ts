/** Who is in a market: by the orders that rest and by its trades. Pure. */

import { BUY } from '#lib/exchange/book.ts';
import type { Market, Trade } from '#lib/exchange/market.ts';
import type { Account } from '#lib/gen/exchange/v1/types_pb.ts';

export interface Participant {
  readonly accountId: bigint;
  readonly name: string;
  bids: bigint;
  offers: bigint;
  traded: bigint;
}

/** Most active first. Hidden accounts are one row together. */
export function participants(
  market: Market,
  trades: Iterable<Trade>,
  accounts: ReadonlyMap<bigint, Account>
): Participant[] {
  const found = new Map<bigint, Participant>();
  const of = (accountId: bigint): Participant => {
    let one = found.get(accountId);
    if (!one) {
      const name = accountId ? (accounts.get(accountId)?.name ?? `account ${accountId}`) : 'hidden';
      one = { accountId, name, bids: 0n, offers: 0n, traded: 0n };
      found.set(accountId, one);
    }
    return one;
  };
  for (const order of market.book.orders.values()) {
    if (order.side === BUY) of(order.accountId).bids += order.remaining;
    else of(order.accountId).offers += order.remaining;
  }
  for (const trade of trades) {
    of(trade.takerAccountId).traded += trade.size;
    of(trade.makerAccountId).traded += trade.size;
  }
  return [...found.values()].sort(
    (one, another) => Number(another.traded - one.traded) || (one.name < another.name ? -1 : 1)
  );
}
