/** How much waits on each side up to which price, as areas for an SVG. Pure. */

import type { Book, Level } from './book';

const LEVELS = 40; // of each side: further out, and the middle could not be seen

export interface DepthCurves {
  readonly bids: string;
  readonly offers: string;
  readonly low: bigint;
  readonly high: bigint;
  readonly bidTotal: bigint;
  readonly offerTotal: bigint;
}

const total = (levels: readonly Level[]): bigint => levels.reduce((sum, level) => sum + level.size, 0n);

/** The curves in a box of this size; null while the book is empty. */
export function depthCurves(book: Book, width: number, height: number): DepthCurves | null {
  const bids = book.bids.top(LEVELS);
  const offers = book.offers.top(LEVELS);
  const prices = [...bids, ...offers].map((level) => level.price);
  if (!prices.length) return null;
  const low = prices.reduce((one, another) => (another < one ? another : one));
  const high = prices.reduce((one, another) => (another > one ? another : one));
  const [bidTotal, offerTotal] = [total(bids), total(offers)];
  const span = Number(high - low) || 1;
  const most = Number(bidTotal > offerTotal ? bidTotal : offerTotal) || 1;
  const x = (price: bigint): number => (Number(price - low) / span) * width;
  const y = (sum: bigint): number => height - (Number(sum) / most) * height;
  const area = (levels: readonly Level[], edge: number): string => {
    if (!levels.length) return '';
    let sum = 0n;
    let path = `M${x(levels[0]!.price).toFixed(1)} ${height}`;
    for (const level of levels) {
      path += `H${x(level.price).toFixed(1)}`;
      sum += level.size;
      path += `V${y(sum).toFixed(1)}`;
    }
    return `${path}H${edge}V${height}Z`;
  };
  return { bids: area(bids, 0), offers: area(offers, width), low, high, bidTotal, offerTotal };
}
