/** Equity over time on lightweight-charts. */

import { BaselineSeries, type IChartApi, type ISeriesApi } from 'lightweight-charts';
import { chartIn, colour, paintChart, stamp } from '../market/charting';

/** Seconds since the epoch, and whole cash as charts draw it. */
export interface Dot {
  readonly time: number;
  readonly value: number;
}

export class CurveDrawing {
  readonly #chart: IChartApi;
  readonly #line: ISeriesApi<'Baseline'>;

  constructor(box: HTMLElement) {
    this.#chart = chartIn(box);
    this.#line = this.#chart.addSeries(BaselineSeries, {
      lineWidth: 2,
      priceFormat: { type: 'price', precision: 2, minMove: 0.01 }
    });
    this.paint();
  }

  remove(): void {
    this.#chart.remove();
  }

  paint(): void {
    paintChart(this.#chart);
    const [up, down] = [colour('--bid'), colour('--offer')];
    const [upSoft, downSoft] = [colour('--bid-soft'), colour('--offer-soft')];
    this.#line.applyOptions({
      topLineColor: up,
      bottomLineColor: down,
      topFillColor1: upSoft,
      topFillColor2: 'transparent',
      bottomFillColor1: 'transparent',
      bottomFillColor2: downSoft
    });
  }

  /** Shows other dots, all of them in sight; above `base` is up. */
  begin(dots: readonly Dot[], base: number, interval: number): void {
    this.#line.applyOptions({ baseValue: { type: 'price', price: base - 0.005 } }); // level is not down
    this.#line.setData(dots.map(({ time, value }) => ({ time: stamp(time), value })));
    this.#chart.applyOptions({ timeScale: { secondsVisible: interval < 60 } });
    this.#chart.timeScale().fitContent();
  }

  /** Moves the newest dot, or adds one behind it. */
  follow({ time, value }: Dot): void {
    this.#line.update({ time: stamp(time), value });
  }
}
