/**
 * What an account has: cash, positions and resting orders, with the sums that make `available` free to read. The
 * arithmetic is the exchange's own, integer for integer. Sizes are hundredths, cash and values ten-thousandths.
 */

import { BUY, type RestingOrder } from './book';
import type { Market } from './market';

/** Integer division that rounds down, as the exchange divides; bigint's own rounds towards zero. */
export function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor;
  return quotient * divisor !== dividend && dividend < 0n !== divisor < 0n ? quotient - 1n : quotient;
}

const absolute = (value: bigint): bigint => (value < 0n ? -value : value);

/** What the funds check looks at in one market: a position and the sums of the account's resting orders. */
export interface Exposure {
  size: bigint;
  bidSize: bigint;
  bidValue: bigint;
  offerSize: bigint;
  offerValue: bigint;
}

/** What could be lost at most, whatever fills before the settlement; negative. Exact: the loss is concave. */
export function worstCase(exposure: Exposure, low: bigint, high: bigint): bigint {
  const atLow = low * (exposure.size + exposure.bidSize) - exposure.bidValue;
  const atHigh = high * (exposure.size - exposure.offerSize) + exposure.offerValue;
  return atLow < atHigh ? atLow : atHigh;
}

/** What one account has at stake in one market. `cost` is what the open position cost, with its sign. */
export class Position implements Exposure {
  size = 0n;
  cost = 0n;
  cashFlow = 0n;
  bidSize = 0n;
  bidValue = 0n;
  offerSize = 0n;
  offerValue = 0n;
  worst = 0n;

  constructor(
    readonly portfolio: Portfolio,
    readonly market: Market
  ) {}

  get realised(): bigint {
    return this.cashFlow + this.cost;
  }

  get unrealised(): bigint {
    return this.size * this.market.mark - this.cost;
  }

  get profit(): bigint {
    return this.cashFlow + this.size * this.market.mark;
  }

  /** Whether there is anything to show: something is held, rests, or was won or lost. */
  get isTouched(): boolean {
    return this.size !== 0n || this.cashFlow !== 0n || this.bidSize !== 0n || this.offerSize !== 0n;
  }

  // What follows changes it. Callers refresh.

  rest(order: RestingOrder): void {
    if (order.side === BUY) {
      this.bidSize += order.remaining;
      this.bidValue += order.price * order.remaining;
    } else {
      this.offerSize += order.remaining;
      this.offerValue += order.price * order.remaining;
    }
  }

  unrest(order: RestingOrder, size: bigint): void {
    if (order.side === BUY) {
      this.bidSize -= size;
      this.bidValue -= order.price * size;
    } else {
      this.offerSize -= size;
      this.offerValue -= order.price * size;
    }
  }

  /** Books a trade of signed `size`. Closing a part takes that part of the cost, rounded down. */
  trade(size: bigint, price: bigint): void {
    const value = size * price;
    this.portfolio.cash -= value;
    this.cashFlow -= value;
    const held = this.size;
    if (held === 0n || held > 0n === size > 0n) this.cost += value;
    else if (absolute(size) <= absolute(held)) this.cost -= floorDivide(this.cost * absolute(size), absolute(held));
    else this.cost = (held + size) * price;
    this.size = held + size;
  }

  /** Turns the position into cash and ends its orders. */
  settle(price: bigint): void {
    const value = this.size * price;
    this.portfolio.cash += value;
    this.cashFlow += value;
    this.size = this.cost = 0n;
    this.bidSize = this.bidValue = this.offerSize = this.offerValue = 0n;
    this.refresh();
  }

  /** Reverses `settle` for a position that had this size and cost. */
  unsettle(size: bigint, cost: bigint, price: bigint): void {
    const value = size * price;
    this.portfolio.cash -= value;
    this.cashFlow -= value;
    this.size = size;
    this.cost = cost;
    this.refresh();
  }

  /** Forgets what is held and what rests, before it is told anew. The caller refreshes. */
  clear(): void {
    this.size = this.cost = this.cashFlow = 0n;
    this.bidSize = this.bidValue = this.offerSize = this.offerValue = 0n;
  }

  refresh(): void {
    const worst = worstCase(this, this.market.low, this.market.high);
    this.portfolio.worst += worst - this.worst;
    this.worst = worst;
  }
}

export class Portfolio {
  cash = 0n;
  worst = 0n; // over all markets
  readonly positions = new Map<bigint, Position>();

  constructor(readonly accountId: bigint) {}

  /** Cash that could be lost at no settlement, whatever fills before: what new orders may use. */
  get available(): bigint {
    return this.cash + this.worst;
  }

  /** Cash and every position at its market's mark. */
  get equity(): bigint {
    let equity = this.cash;
    for (const position of this.positions.values()) equity += position.size * position.market.mark;
    return equity;
  }

  position(market: Market): Position {
    let position = this.positions.get(market.marketId);
    if (!position) {
      position = new Position(this, market);
      this.positions.set(market.marketId, position);
    }
    return position;
  }

  /** Forgets what is held in a market that may not be seen any more. */
  forget(market: Market): void {
    const position = this.positions.get(market.marketId);
    position?.clear();
    position?.refresh();
    this.positions.delete(market.marketId);
  }

  settle(market: Market, price: bigint): void {
    this.positions.get(market.marketId)?.settle(price);
  }
}
