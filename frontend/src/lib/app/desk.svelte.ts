/** What the user has asked for and not heard about yet, and what they are told of it: pending rows and toasts. */

import { toast } from 'svelte-sonner';
import { SvelteSet } from 'svelte/reactivity';
import { BUY } from '#lib/exchange/book.ts';
import type { Exchange, OrderTerms } from '#lib/exchange/exchange.ts';
import type { OwnFill } from '#lib/exchange/orders.ts';
import { average, formatPrice, formatSize } from '#lib/exchange/units.ts';

const GATHER_MS = 250; // fills of one order that come together are one toast

export interface PendingOrder {
  readonly key: number;
  readonly accountId: bigint;
  readonly terms: OrderTerms;
  /** Why it was refused, in words; empty while it is on its way. */
  refusal: string;
}

export class Desk {
  pending = $state<PendingOrder[]>([]);
  /** Orders whose cancellation or change is on its way. */
  readonly busy = new SvelteSet<bigint>();
  #keys = 0;
  readonly #gathered = new Map<string, OwnFill[]>();

  constructor(
    private readonly exchange: Exchange,
    onAnnouncement: (text: string) => void
  ) {
    exchange.state.listenToFills((fill) => this.#gather(fill));
    exchange.state.listenToAnnouncements(({ text }) => {
      toast.info(text, { duration: 15_000 });
      onAnnouncement(text);
    });
  }

  /** Sends an order; the row is there at once and stays until the reply, or with the reason why it was refused. */
  async place(terms: OrderTerms): Promise<boolean> {
    const key = ++this.#keys;
    this.pending.push({ key, accountId: this.exchange.state.accountId, terms, refusal: '' });
    try {
      const result = await this.exchange.placeOrder(terms);
      this.dismiss(key);
      if (!result.filled && !result.remaining)
        toast('Nothing to take at that price', { description: 'The order ended.' });
      return true;
    } catch (error) {
      const row = this.pending.find((candidate) => candidate.key === key);
      if (row) row.refusal = sentence(error);
      toast.error('Order refused', { description: sentence(error) });
      return false;
    }
  }

  dismiss(key: number): void {
    this.pending = this.pending.filter((row) => row.key !== key);
  }

  async cancel(marketId: bigint, orderId: bigint): Promise<void> {
    await this.#while(orderId, 'Not cancelled', () => this.exchange.cancelOrder(marketId, orderId));
  }

  async amend(marketId: bigint, orderId: bigint, change: { price?: bigint; size?: bigint }): Promise<boolean> {
    return this.#while(orderId, 'Not changed', () => this.exchange.amendOrder(marketId, orderId, change));
  }

  /** Cancels everything in one market, or everywhere for 0. */
  async cancelAll(marketId: bigint): Promise<void> {
    await this.run('Not cancelled', async () => {
      const ended = await this.exchange.cancelOrders(marketId);
      toast(ended ? `${ended} ${ended === 1 ? 'order' : 'orders'} cancelled` : 'There was nothing to cancel');
    });
  }

  /** Does something and says so when the exchange will not; true when it did. */
  async run(title: string, action: () => Promise<unknown>): Promise<boolean> {
    try {
      await action();
      return true;
    } catch (error) {
      toast.error(title, { description: sentence(error) });
      return false;
    }
  }

  async #while(orderId: bigint, title: string, action: () => Promise<unknown>): Promise<boolean> {
    this.busy.add(orderId);
    try {
      return await this.run(title, action);
    } finally {
      this.busy.delete(orderId);
    }
  }

  #gather(fill: OwnFill): void {
    const key = `${fill.orderId}`;
    const fills = this.#gathered.get(key);
    if (fills) {
      fills.push(fill);
      return;
    }
    this.#gathered.set(key, [fill]);
    setTimeout(() => this.#tell(key), GATHER_MS);
  }

  #tell(key: string): void {
    const fills = this.#gathered.get(key)!;
    this.#gathered.delete(key);
    const { side, isMaker, marketId, accountId } = fills[0]!;
    const { state } = this.exchange;
    const size = fills.reduce((sum, fill) => sum + fill.size, 0n);
    const value = fills.reduce((sum, fill) => sum + fill.size * fill.price, 0n);
    const title = `${side === BUY ? 'Bought' : 'Sold'} ${formatSize(size)} at ${formatPrice(average(value, size))}`;
    const market = state.markets.get(marketId)?.name ?? '';
    const whose = accountId === state.accountId ? '' : ` · ${state.accountName(accountId)}`;
    toast.success(title, { description: `${market}${isMaker ? ' · your resting order' : ''}${whose}` });
  }
}

/** An error as people read it. */
export function sentence(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
