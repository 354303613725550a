/** A price chart on lightweight-charts: one series of steps or candles, own fills, pauses and the settlement. */

import {
  CandlestickSeries,
  HistogramSeries,
  LineSeries,
  LineType,
  createSeriesMarkers,
  type IChartApi,
  type IPriceLine,
  type ISeriesApi,
  type ISeriesMarkersPluginApi,
  type SeriesMarker,
  type Time,
  type UTCTimestamp
} from 'lightweight-charts';
import { chartIn, colour, paintChart, stamp } from './charting';
import type { ChartKind } from '#lib/app/preferences.svelte.ts';
import type { Bar } from '#lib/exchange/history.ts';
import type { Market } from '#lib/exchange/market.ts';
import type { Closed, OwnMark } from '#lib/exchange/past.ts';
import { toNumber } from '#lib/exchange/units.ts';

const SECOND = 1_000_000_000n;
const MARKS_MAX = 200;
const PAUSE_POINTS_MAX = 600;

export class Drawing {
  readonly #chart: IChartApi;
  #kind: ChartKind = 'step';
  #interval = 1;
  #line: ISeriesApi<'Line'> | null = null;
  #candles: ISeriesApi<'Candlestick'> | null = null;
  readonly #pauses: ISeriesApi<'Histogram'>;
  #marks: ISeriesMarkersPluginApi<Time> | null = null;
  #marked = '';
  #paused = '';
  #settlement: IPriceLine | null = null;
  #settledAt: bigint | null = null;

  constructor(box: HTMLElement) {
    this.#chart = chartIn(box);
    this.#pauses = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: 'pauses',
      priceLineVisible: false,
      lastValueVisible: false,
      base: 0
    });
    this.#chart.priceScale('pauses').applyOptions({ scaleMargins: { top: 0, bottom: 0 } });
    this.paint();
  }

  remove(): void {
    this.#chart.remove();
  }

  /** Takes the colours of the theme. */
  paint(): void {
    paintChart(this.#chart);
    const [up, down] = [colour('--bid'), colour('--offer')];
    this.#line?.applyOptions({ color: colour('--foreground') });
    this.#candles?.applyOptions({
      upColor: up,
      downColor: down,
      wickUpColor: up,
      wickDownColor: down,
      borderVisible: false
    });
    this.#pauses.applyOptions({ color: colour('--own-soft') });
    this.#marked = '';
  }

  /** Shows other bars, and puts the newest in sight. `last` draws the last price across all of it. */
  begin(kind: ChartKind, bars: readonly Bar[], interval: number, last = true): void {
    for (const series of [this.#line, this.#candles]) if (series) this.#chart.removeSeries(series);
    this.#line = this.#candles = this.#marks = this.#settlement = null;
    this.#settledAt = null;
    this.#marked = this.#paused = '';
    this.#kind = kind;
    this.#interval = interval;
    this.#chart.applyOptions({ timeScale: { secondsVisible: interval < 60 } });
    const priceFormat = { type: 'price', precision: 2, minMove: 0.01 } as const;
    const price = { priceFormat, priceLineVisible: last, lastValueVisible: last };
    if (kind === 'candle') {
      this.#candles = this.#chart.addSeries(CandlestickSeries, price);
      this.#candles.setData(bars.map((bar) => ({ ...bar, time: stamp(bar.time) })));
      this.#marks = createSeriesMarkers(this.#candles, []) as ISeriesMarkersPluginApi<Time>;
    } else {
      this.#line = this.#chart.addSeries(LineSeries, { ...price, lineType: LineType.WithSteps, lineWidth: 2 });
      this.#line.setData(bars.map((bar) => ({ time: stamp(bar.time), value: bar.close })));
      this.#marks = createSeriesMarkers(this.#line, []) as ISeriesMarkersPluginApi<Time>;
    }
    this.paint();
    const visible = Math.min(bars.length, 180);
    this.#chart.timeScale().setVisibleLogicalRange({ from: bars.length - Math.max(visible, 30), to: bars.length + 4 });
  }

  /** Puts all of it in sight. */
  fit(): void {
    this.#chart.timeScale().fitContent();
  }

  /** Where a bar is drawn, in pixels from the left; null when it is not there. */
  xOf(bar: Bar): number | null {
    return this.#chart.timeScale().timeToCoordinate(stamp(bar.time));
  }

  /** Calls when other times are in sight. */
  onMoved(listener: () => void): void {
    this.#chart.timeScale().subscribeVisibleLogicalRangeChange(listener);
  }

  /** Calls with the time, in seconds, at which somebody clicks. */
  onPicked(listener: (seconds: number) => void): void {
    this.#chart.subscribeClick(({ time }) => {
      if (time !== undefined) listener(time as number);
    });
  }

  /** Draws the bars from number `from` on, which are new or have changed. */
  extend(bars: readonly Bar[], from: number): void {
    for (const bar of bars.slice(from)) {
      this.#candles?.update({ ...bar, time: stamp(bar.time) });
      this.#line?.update({ time: stamp(bar.time), value: bar.close });
    }
  }

  /** Marks own fills; costs nothing while there is nothing new. */
  mark(own: readonly OwnMark[]): void {
    const state = `${own.length} ${own[own.length - 1]?.time ?? ''}`;
    if (!this.#marks || state === this.#marked) return;
    this.#marked = state;
    const mine = colour('--own');
    const marks = new Map<string, SeriesMarker<Time>>(); // one for each bar and side, however many fills
    for (const { time: at, bought } of own.slice(-MARKS_MAX)) {
      const time = stamp(this.#barAt(at));
      marks.set(`${time} ${bought}`, {
        time,
        position: bought ? 'belowBar' : 'aboveBar',
        shape: bought ? 'arrowUp' : 'arrowDown',
        color: mine,
        size: 0.8
      });
    }
    this.#marks.setMarkers([...marks.values()]);
  }

  /** Draws the settlement price as a line, or takes it away again. */
  settle(market: Market): void {
    const wanted = market.isSettled ? market.settlementPrice : null;
    if (wanted === this.#settledAt) return;
    const series = this.#candles ?? this.#line;
    if (!series) return;
    if (this.#settlement) series.removePriceLine(this.#settlement);
    this.#settlement = null;
    this.#settledAt = wanted;
    if (wanted === null) return;
    this.#settlement = series.createPriceLine({
      price: toNumber(wanted),
      color: colour('--own'),
      lineWidth: 2,
      lineStyle: 0,
      axisLabelVisible: true,
      title: 'settled'
    });
  }

  /** Shades the times in which nobody could trade. */
  shade(closed: readonly Closed[]): void {
    const lasts = closed[closed.length - 1]?.to === null;
    const now = BigInt(Date.now()) * 1_000_000n;
    const state = `${closed.length} ${lasts ? this.#barAt(now) : ''}`;
    if (state === this.#paused) return;
    this.#paused = state;
    const points: { time: UTCTimestamp; value: number }[] = [];
    for (const { from, to } of closed) {
      const last = this.#barAt(to ?? now);
      const next = (points[points.length - 1]?.time ?? 0) + this.#interval;
      let at = Math.max(this.#barAt(from), last - PAUSE_POINTS_MAX * this.#interval, next);
      for (; at <= last; at += this.#interval) points.push({ time: stamp(at), value: 1 });
    }
    this.#pauses.setData(points);
  }

  #barAt(time: bigint): number {
    return Math.floor(Number(time / SECOND) / this.#interval) * this.#interval;
  }
}
