/** What stands in the order ticket: text as typed, and the order it means. */

import { BUY, type Side } from '#lib/exchange/book.ts';
import type { OrderTerms } from '#lib/exchange/exchange.ts';
import type { Draft } from '#lib/exchange/preview.ts';
import { editable, nanoseconds, parsePrice, parseSize } from '#lib/exchange/units.ts';
import { TimeInForce } from '#lib/gen/exchange/v1/types_pb.ts';

export type OrderKind = 'limit' | 'market' | 'ioc' | 'fok' | 'post-only' | 'gtd';

export const KINDS: { readonly value: OrderKind; readonly label: string; readonly hint: string }[] = [
  { value: 'limit', label: 'Limit', hint: 'Trades up to the limit; the rest stays in the book until cancelled.' },
  { value: 'market', label: 'Market', hint: 'Takes what there is, at any price within the bounds; nothing rests.' },
  { value: 'ioc', label: 'Immediate or cancel', hint: 'Trades up to the limit at once; the rest is dropped.' },
  { value: 'fok', label: 'Fill or kill', hint: 'Trades whole and at once, or not at all.' },
  { value: 'post-only', label: 'Post-only', hint: 'Rests in the book; refused if it would trade at once.' },
  { value: 'gtd', label: 'Good till a time', hint: 'Like a limit, and ends by itself.' }
];

const TIMES_IN_FORCE: Record<OrderKind, TimeInForce> = {
  limit: TimeInForce.GTC,
  market: TimeInForce.IOC,
  ioc: TimeInForce.IOC,
  fok: TimeInForce.FOK,
  'post-only': TimeInForce.GTC,
  gtd: TimeInForce.GTD
};

const TICK = 1n;
const LOT = 100n;

export class Ticket {
  side = $state<Side>(BUY);
  kind = $state<OrderKind>('limit');
  price = $state('');
  size = $state('');
  /** For good till a time: minutes from when it is sent. */
  minutes = $state('60');

  readonly isMarket = $derived(this.kind === 'market');
  readonly priceValue = $derived(parsePrice(this.price));
  readonly sizeValue = $derived(parseSize(this.size));
  readonly minutesValue = $derived(/^\d{1,6}$/.test(this.minutes) && +this.minutes > 0 ? +this.minutes : null);

  /** The order as far as the preview needs it; null while something is missing or is no number. */
  readonly draft = $derived.by((): Draft | null => {
    const price = this.isMarket ? 0n : this.priceValue;
    if (price === null || this.sizeValue === null) return null;
    if (this.kind === 'gtd' && this.minutesValue === null) return null;
    return {
      side: this.side,
      price,
      size: this.sizeValue,
      timeInForce: TIMES_IN_FORCE[this.kind],
      postOnly: this.kind === 'post-only',
      marketOrder: this.isMarket
    };
  });

  /** The order to send at server time `now`. */
  terms(marketId: bigint, now: bigint): OrderTerms | null {
    if (!this.draft) return null;
    const expiresAt = this.kind === 'gtd' ? now + nanoseconds(this.minutesValue! * 60_000) : 0n;
    return { ...this.draft, marketId, expiresAt };
  }

  /** Takes over a level somebody clicked on. */
  fill(side: Side, price: bigint, size: bigint | null): void {
    this.side = side;
    if (this.isMarket) this.kind = 'limit';
    this.price = editable(price);
    if (size !== null) this.size = editable(size);
  }

  clear(): void {
    this.price = this.size = '';
    this.kind = 'limit';
  }

  /** A tick up or down; from nothing it begins at `start`. Ten at once with `far`. */
  stepPrice(direction: 1n | -1n, far: boolean, start: bigint): void {
    const from = this.priceValue;
    this.price = editable(from === null ? start : from + direction * TICK * (far ? 10n : 1n));
  }

  stepSize(direction: 1n | -1n, far: boolean): void {
    const next = (this.sizeValue ?? 0n) + direction * LOT * (far ? 10n : 1n);
    this.size = next > 0n ? editable(next) : '';
  }
}
