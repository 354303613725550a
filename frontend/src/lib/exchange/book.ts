/**
 * The book of one market: resting orders and the levels they add up to, kept beside each other.
 *
 * A side keeps its prices sorted from the worst to the best, so that the best is at the end of an array, where it comes
 * and goes at no cost. The orders of a market are one map in which those of one price stand in priority.
 */

export type Side = 1 | 2;
export const BUY: Side = 1;
export const SELL: Side = 2;
export const other = (side: Side): Side => (side === BUY ? SELL : BUY);

/** An order in a book. Price and sizes are hundredths; `size` is the total; `accountId` is 0 where it is hidden. */
export interface RestingOrder {
  readonly orderId: bigint;
  readonly marketId: bigint;
  readonly accountId: bigint;
  readonly side: Side;
  price: bigint;
  size: bigint;
  remaining: bigint;
  readonly placedAt: bigint;
}

/** An order of one's own, with what only its owners are told. */
export interface OwnOrder extends RestingOrder {
  expiresAt: bigint;
  postOnly: boolean;
}

export interface Level {
  readonly price: bigint;
  readonly size: bigint;
  readonly orders: number;
}

interface Depth {
  size: bigint;
  orders: number;
}

export class BookSide {
  readonly #sign: bigint;
  readonly #depths = new Map<bigint, Depth>();
  #ranks: bigint[] = []; // price × sign, ascending: the best is last

  constructor(side: Side) {
    this.#sign = side === BUY ? 1n : -1n;
  }

  get length(): number {
    return this.#ranks.length;
  }

  get best(): Level | null {
    return this.#ranks.length ? this.#level(this.#ranks[this.#ranks.length - 1]!) : null;
  }

  /** The size at a price, 0 when there is none. */
  sizeAt(price: bigint): bigint {
    return this.#depths.get(price)?.size ?? 0n;
  }

  /** At most `count` levels, the best first. */
  top(count: number): Level[] {
    const ranks = this.#ranks;
    const levels: Level[] = [];
    for (let at = ranks.length - 1; at >= 0 && levels.length < count; at--) levels.push(this.#level(ranks[at]!));
    return levels;
  }

  add(price: bigint, size: bigint): void {
    const depth = this.#depths.get(price);
    if (depth) {
      depth.size += size;
      depth.orders += 1;
      return;
    }
    this.#depths.set(price, { size, orders: 1 });
    const rank = price * this.#sign;
    this.#ranks.splice(this.#position(rank), 0, rank);
  }

  /** Takes size off an order that stays. */
  shrink(price: bigint, size: bigint): void {
    this.#depths.get(price)!.size -= size;
  }

  /** Takes a whole order away. */
  remove(price: bigint, size: bigint): void {
    const depth = this.#depths.get(price)!;
    if (depth.orders > 1) {
      depth.size -= size;
      depth.orders -= 1;
      return;
    }
    this.#depths.delete(price);
    this.#ranks.splice(this.#position(price * this.#sign), 1);
  }

  clear(): void {
    this.#depths.clear();
    this.#ranks = [];
  }

  #level(rank: bigint): Level {
    const price = rank * this.#sign;
    const depth = this.#depths.get(price)!;
    return { price, size: depth.size, orders: depth.orders };
  }

  /** Where a rank stands or would stand. Most changes are near the best, so the search begins there. */
  #position(rank: bigint): number {
    const ranks = this.#ranks;
    let high = ranks.length;
    let low = 0;
    for (let step = 1; high > 0; step *= 2) {
      const probe = Math.max(high - step, 0);
      if (ranks[probe]! < rank) {
        low = probe + 1;
        break;
      }
      high = probe;
    }
    while (low < high) {
      const middle = (low + high) >> 1;
      if (ranks[middle]! < rank) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class Book {
  readonly bids = new BookSide(BUY);
  readonly offers = new BookSide(SELL);
  readonly orders = new Map<bigint, RestingOrder>();
  version = 0;

  side(side: Side): BookSide {
    return side === BUY ? this.bids : this.offers;
  }

  /** The orders of one level in priority. Walks the whole book. */
  queue(side: Side, price: bigint): RestingOrder[] {
    return [...this.orders.values()].filter((order) => order.side === side && order.price === price);
  }

  /** Puts an order at the end of its queue. */
  insert(order: RestingOrder): void {
    this.orders.set(order.orderId, order);
    this.side(order.side).add(order.price, order.remaining);
  }

  /** Takes `size` off an order; at zero it leaves the book. */
  reduce(order: RestingOrder, size: bigint): void {
    const side = this.side(order.side);
    if (size < order.remaining) {
      order.remaining -= size;
      side.shrink(order.price, size);
      return;
    }
    side.remove(order.price, order.remaining);
    order.remaining = 0n;
    this.orders.delete(order.orderId);
  }

  /** Lets an object that knows more stand in the place of the one with the same id. */
  replace(order: RestingOrder): void {
    this.orders.set(order.orderId, order);
  }

  clear(): void {
    for (const order of this.orders.values()) order.remaining = 0n;
    this.orders.clear();
    this.bids.clear();
    this.offers.clear();
    this.version += 1;
  }
}
