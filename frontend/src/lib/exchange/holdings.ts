/**
 * What an account has, market by market, as a table shows it. Pure.
 *
 * Equity is what could be used now and what is locked: equity = available + locked by positions + locked by orders, to
 * the last ten-thousandth. A position locks what its mark is above its worst settlement; orders lock what the worst case
 * grows by if they fill. Sizes are hundredths, everything in cash ten-thousandths.
 */

import type { Market } from './market';
import { worstCase, type Portfolio, type Position } from './portfolio';
import { average } from './units';
import type { MarketStatus } from '#lib/gen/exchange/v1/types_pb.ts';

export interface Holding {
  readonly marketId: bigint;
  readonly name: string;
  readonly status: MarketStatus;
  readonly size: bigint;
  /** Average price, 0 while nothing is held; cut to hundredths for reading. */
  readonly entry: bigint;
  readonly mark: bigint;
  readonly value: bigint;
  readonly unrealised: bigint;
  readonly realised: bigint;
  readonly profit: bigint;
  readonly lockedByPosition: bigint;
  readonly lockedByOrders: bigint;
}

export interface Totals {
  readonly value: bigint;
  readonly unrealised: bigint;
  readonly realised: bigint;
  readonly profit: bigint;
  readonly lockedByPosition: bigint;
  readonly lockedByOrders: bigint;
}

/** What a sortable column shows. */
export type Column = 'name' | 'size' | 'entry' | 'mark' | keyof Totals;

export interface Order {
  readonly column: Column;
  readonly descending: boolean;
}

const NO_ORDERS = { bidSize: 0n, bidValue: 0n, offerSize: 0n, offerValue: 0n };

/** A settled market locks nothing: its position is cash already. */
function locked(position: Position, market: Market, value: bigint): [bigint, bigint] {
  if (market.isSettled) return [0n, 0n];
  const alone = worstCase({ ...NO_ORDERS, size: position.size }, market.low, market.high);
  return [value - alone, alone - position.worst];
}

export function holding(position: Position): Holding {
  const { market, size, cost } = position;
  const value = size * market.mark;
  const [lockedByPosition, lockedByOrders] = locked(position, market, value);
  return {
    marketId: market.marketId,
    name: market.name,
    status: market.status,
    size,
    entry: average(cost, size),
    mark: market.mark,
    value,
    unrealised: position.unrealised,
    realised: position.realised,
    profit: position.profit,
    lockedByPosition,
    lockedByOrders
  };
}

/** Every market in which something is held, rests, or was won or lost. */
export const holdings = (portfolio: Portfolio): Holding[] =>
  [...portfolio.positions.values()].filter((position) => position.isTouched).map(holding);

export function totals(rows: readonly Holding[]): Totals {
  const sum = (column: keyof Totals): bigint => rows.reduce((total, row) => total + row[column], 0n);
  return {
    value: sum('value'),
    unrealised: sum('unrealised'),
    realised: sum('realised'),
    profit: sum('profit'),
    lockedByPosition: sum('lockedByPosition'),
    lockedByOrders: sum('lockedByOrders')
  };
}

/** In the order of a column, equals by name. What is empty comes last, whichever way it is sorted. */
export function sorted(rows: readonly Holding[], { column, descending }: Order): Holding[] {
  const sign = descending ? -1 : 1;
  const isEmpty = (row: Holding): boolean => column === 'entry' && row.size === 0n;
  return [...rows].sort((one, other) => {
    const byName = one.name.localeCompare(other.name);
    if (column === 'name') return sign * byName;
    if (isEmpty(one) !== isEmpty(other)) return isEmpty(one) ? 1 : -1;
    const [left, right] = [one[column], other[column]];
    return left === right ? byName : sign * (left < right ? -1 : 1);
  });
}
