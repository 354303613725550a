/** How much waits on each side up to which price, as areas for an SVG. Pure. */

import type { Book, Level } from './book';

const LEVELS = 40; // of each side: further out, and the middle could not be seen

export interface DepthCurves {
  readonly bids: string; // the line alone; down to the bottom it is the area
  readonly offers: string;
  readonly bidArea: string;
  readonly offerArea: string;
  readonly low: bigint;
  readonly high: bigint;
  readonly bidTotal: bigint;
  readonly offerTotal: bigint;
}

const total = (levels: readonly Level[]): bigint => levels.reduce((sum, level) => sum + level.size, 0n);

/** The curves in a box of this size; null while the book is empty. */
export function depthCurves(book: Book, width: number, height: number): DepthCurves | null {
  const { low, high } = range(book.bids.top(LEVELS), book.offers.top(LEVELS));
  if (high === null || low === null) return null;
  const bids = book.bids.top(LEVELS).filter((level) => level.price >= low);
  const offers = book.offers.top(LEVELS).filter((level) => level.price <= high);
  const [bidTotal, offerTotal] = [total(bids), total(offers)];
  const span = Number(high - low) || 1;
  const most = Number(bidTotal > offerTotal ? bidTotal : offerTotal) || 1;
  const x = (price: bigint): number => (Number(price - low) / span) * width;
  const y = (sum: bigint): number => height - (Number(sum) / most) * height;
  const line = (levels: readonly Level[], edge: number): string => {
    if (!levels.length) return '';
    let sum = 0n;
    let path = `M${x(levels[0]!.price).toFixed(1)} ${height}`;
    for (const level of levels) {
      path += `H${x(level.price).toFixed(1)}`;
      sum += level.size;
      path += `V${y(sum).toFixed(1)}`;
    }
    return `${path}H${edge}`;
  };
  const [bidLine, offerLine] = [line(bids, 0), line(offers, width)];
  const area = (path: string): string => path && `${path}V${height}Z`;
  const areas = { bidArea: area(bidLine), offerArea: area(offerLine) };
  return { bids: bidLine, offers: offerLine, ...areas, low, high, bidTotal, offerTotal };
}

/** Equally far to both sides of the middle where there are two, so that one far order does not press the rest flat. */
function range(bids: readonly Level[], offers: readonly Level[]): { low: bigint | null; high: bigint | null } {
  const [bid, offer] = [bids[0]?.price, offers[0]?.price];
  const low = bids[bids.length - 1]?.price ?? null;
  const high = offers[offers.length - 1]?.price ?? null;
  if (bid === undefined || offer === undefined) return { low: low ?? offer ?? null, high: high ?? bid ?? null };
  const middle = (bid + offer) / 2n;
  const [down, up] = [middle - low!, high! - middle];
  const near = down < up ? down : up;
  const reach = near + near / 2n > offer - bid ? near + near / 2n : offer - bid;
  return { low: low! > middle - reach ? low : middle - reach, high: high! < middle + reach ? high : middle + reach };
}
