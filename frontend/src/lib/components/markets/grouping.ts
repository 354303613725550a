/** The order in which markets are listed. Pure. */

import type { Market } from '#lib/exchange/market.ts';
import type { Group } from '#lib/gen/exchange/v1/types_pb.ts';

export interface Section {
  readonly key: string;
  readonly title: string;
  readonly description: string;
  readonly markets: Market[];
}

const plain = (text: string): string => text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase();

/** Whether a market is meant by what somebody typed: every word occurs in its name or description. */
export function matches(market: Market, search: string): boolean {
  const text = plain(`${market.name} ${market.description}`);
  return plain(search)
    .split(/\s+/)
    .every((word) => text.includes(word));
}

/** Starred first, then pinned, then by age; settled ones last. */
function compare(starred: (market: Market) => boolean): (one: Market, another: Market) => number {
  const rank = (market: Market): number =>
    (starred(market) ? 0 : 4) + (market.pinned ? 0 : 2) + (market.isSettled ? 8 : 0);
  return (one, another) => rank(one) - rank(another) || (one.marketId < another.marketId ? -1 : 1);
}

/** Sections by group, those without one first; empty sections are left out. */
export function sections(
  markets: Iterable<Market>,
  groups: ReadonlyMap<bigint, Group>,
  starred: (market: Market) => boolean,
  search: string
): Section[] {
  const found = [...markets].filter((market) => matches(market, search)).sort(compare(starred));
  const first = found.filter((market) => (starred(market) || market.pinned) && !market.isSettled);
  const rest = found.filter((market) => !first.includes(market));
  const of = (groupId: bigint): Market[] =>
    rest.filter((market) => (groups.has(market.groupId) ? market.groupId : 0n) === groupId);
  return [
    { key: 'first', title: 'Starred and pinned', description: '', markets: first },
    { key: '0', title: first.length || groups.size ? 'Other markets' : '', description: '', markets: of(0n) },
    ...[...groups.values()].map(({ groupId, name, description }) => ({
      key: String(groupId),
      title: name,
      description,
      markets: of(groupId)
    }))
  ].filter((section) => section.markets.length > 0);
}
