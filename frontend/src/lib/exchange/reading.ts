/** Reading history in pages, as fast as the exchange allows. */

import { create } from '@bufbuild/protobuf';
import { Refused } from './errors';
import type { Exchange } from './exchange';
import * as wire from '#lib/gen/exchange/v1/client_pb.ts';
import { transfersBefore } from './accounts';
import type { Candle, MarketFacts, OwnFill, OwnFills, ServerMessage, Trade } from '#lib/gen/exchange/v1/server_pb.ts';
import { RefusalCode, type TransferRecord } from '#lib/gen/exchange/v1/types_pb.ts';

export const PAGE = 1_000; // the most rows that one answer has

/** Asks until the pace allows it; at most this often, for then somebody else uses it up. */
const ATTEMPTS = 20;

export async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await ask();
    } catch (error) {
      const tooFast = error instanceof Refused && error.code === RefusalCode.PACE;
      if (!tooFast || attempt === ATTEMPTS) throw error;
      await new Promise((resolve) => setTimeout(resolve, Math.max(error.retryAfter, 50)));
    }
  }
}

/** Fills of the acting account before a sequence (0 for the newest), newest first; in one market, or in all for 0. */
export async function fillsBefore(
  exchange: Exchange,
  marketId: bigint,
  before: bigint,
  limit: number
): Promise<{ value: OwnFills; sequence: bigint }> {
  const value = create(wire.GetFillsSchema, { marketId, page: { before, limit } });
  return exchange.askAsOf({ case: 'getFills', value }, 'ownFills');
}

/** Candles that start between two times, in nanoseconds. */
export async function candlesBetween(
  exchange: Exchange,
  marketId: bigint,
  intervalSeconds: number,
  from: bigint,
  to: bigint
): Promise<Candle[]> {
  const value = create(wire.GetCandlesSchema, { marketId, intervalSeconds, from, to });
  return (await exchange.ask({ case: 'getCandles', value }, 'candles')).candles;
}

/** What happened in a market after a sequence (1 for all of it), oldest first: about `limit` commits. */
export async function factsAfter(
  exchange: Exchange,
  marketId: bigint,
  after: bigint,
  limit: number
): Promise<MarketFacts> {
  const value = create(wire.GetMarketFactsSchema, { marketId, page: { after, limit } });
  return exchange.ask({ case: 'getMarketFacts', value }, 'marketFacts');
}

/** What decided a market's status, oldest first: its latest `PAGE` changes. */
export async function statusFacts(exchange: Exchange, marketId: bigint): Promise<ServerMessage[]> {
  const value = create(wire.GetMarketFactsSchema, { marketId, page: { limit: PAGE }, statusOnly: true });
  const { messages } = await patiently(() => exchange.ask({ case: 'getMarketFacts', value }, 'marketFacts'));
  return messages.sort((one, other) => Number(one.sequence - other.sequence));
}

interface Rows<Row> {
  readonly rows: Row[];
  readonly next: bigint;
  readonly more: boolean;
}

/** Page by page backwards, at most `pages` of them; oldest first, and whether that is everything. */
export async function backwards<Row>(
  pages: number,
  read: (before: bigint) => Promise<Rows<Row>>,
  goesOn: () => boolean = () => true
): Promise<{ rows: Row[]; complete: boolean }> {
  const found: Row[] = [];
  let before = 0n;
  for (let page = 0; page < pages && goesOn(); page += 1) {
    const { rows, next, more } = await patiently(() => read(before));
    found.push(...rows);
    if (!more) return { rows: found.reverse(), complete: true };
    before = next;
  }
  return { rows: found.reverse(), complete: false };
}

export const allFills = (
  exchange: Exchange,
  marketId: bigint,
  pages: number,
  goesOn?: () => boolean
): Promise<{ rows: OwnFill[]; complete: boolean }> =>
  backwards(
    pages,
    async (before) => {
      const { value } = await fillsBefore(exchange, marketId, before, PAGE);
      return { rows: value.fills, next: value.next, more: value.more };
    },
    goesOn
  );

export const allTransfers = (
  exchange: Exchange,
  pages: number,
  goesOn?: () => boolean
): Promise<{ rows: TransferRecord[]; complete: boolean }> =>
  backwards(
    pages,
    async (before) => {
      const { transfers, next, more } = await transfersBefore(exchange, before, PAGE);
      return { rows: transfers, next, more };
    },
    goesOn
  );

/** The latest trades of a market, oldest first, and the sequence they are of: later ones come with the feed. */
export async function allTrades(
  exchange: Exchange,
  marketId: bigint,
  pages: number,
  goesOn?: () => boolean
): Promise<{ rows: Trade[]; complete: boolean; asOf: bigint }> {
  let asOf: bigint | null = null;
  const read = await backwards(
    pages,
    async (before) => {
      const request = create(wire.GetTradesSchema, { marketId, page: { before, limit: PAGE } });
      const { value, sequence } = await exchange.askAsOf({ case: 'getTrades', value: request }, 'trades');
      asOf ??= sequence;
      return { rows: value.trades, next: value.next, more: value.more };
    },
    goesOn
  );
  return { ...read, asOf: asOf ?? 0n };
}
