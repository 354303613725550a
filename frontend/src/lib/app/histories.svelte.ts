/** The last hour of each market, for spark lines and the change: asked for once, then followed from the feed. */

import type { Exchange } from '#lib/exchange/exchange.ts';
import { addTrades, barOf, type Bar } from '#lib/exchange/history.ts';
import type { Market } from '#lib/exchange/market.ts';

const INTERVAL_SECONDS = 15;
const SPAN_SECONDS = 3_600;

interface History {
  bars: Bar[];
  after: bigint | null; // the last sequence that is in the bars; null until the exchange has answered
}

export class Histories {
  readonly #known = new WeakMap<Market, History>(); // a snapshot brings new markets, whose past is asked for again

  constructor(private readonly exchange: Exchange) {}

  /** Bars of the last hour, oldest first; empty until they are known, and then `frame` grows. */
  of(market: Market): readonly Bar[] {
    let history = this.#known.get(market);
    if (!history) {
      history = { bars: [], after: null };
      this.#known.set(market, history);
      void this.#load(market, history);
    }
    if (history.after !== null) {
      history.after = addTrades(history.bars, market, INTERVAL_SECONDS, history.after);
      const earliest = Date.now() / 1000 - SPAN_SECONDS;
      while (history.bars.length > 2 && history.bars[0]!.time < earliest) history.bars.shift();
    }
    return history.bars;
  }

  async #load(market: Market, history: History): Promise<void> {
    try {
      const { candles, sequence } = await this.exchange.candles(market.marketId, INTERVAL_SECONDS);
      const earliest = Date.now() / 1000 - SPAN_SECONDS;
      history.bars = candles.map(barOf).filter((bar) => bar.time >= earliest);
      history.after = sequence;
      this.exchange.state.changed();
    } catch {
      setTimeout(() => this.#known.delete(market), 10_000); // too fast, or the page is going away
    }
  }
}
