/** Files for spreadsheets. Pure. A cell that a spreadsheet would run is made harmless. */

import Papa from 'papaparse';
import { BUY } from './book';
import { milliseconds, plainCash, plainHundredths } from './units';
import type { OwnFill } from '#lib/gen/exchange/v1/server_pb.ts';

/** Oldest first, one line a fill; times are UTC, numbers plain. */
export function fillsFile(fills: readonly OwnFill[], marketName: (marketId: bigint) => string): string {
  const rows = fills.map((fill) => ({
    time: new Date(milliseconds(fill.time)).toISOString(),
    sequence: String(fill.sequence),
    market: marketName(fill.marketId),
    order: String(fill.orderId),
    side: fill.side === BUY ? 'buy' : 'sell',
    size: plainHundredths(fill.size),
    price: plainHundredths(fill.price),
    cash: plainCash((fill.side === BUY ? -1n : 1n) * fill.size * fill.price),
    liquidity: fill.maker ? 'maker' : 'taker'
  }));
  // Prices and cash below zero are numbers, not formulas: only what people name is escaped.
  return Papa.unparse(rows, { escapeFormulae: /^[=+@\t\r]|^-(?![\d.]+$)/ });
}
