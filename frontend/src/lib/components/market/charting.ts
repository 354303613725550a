/** What all charts have in common: the page's type and colours, and times in the zone of the viewer. */

import { createChart, type IChartApi, type Time, type UTCTimestamp } from 'lightweight-charts';

const timeOfDay = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', hour12: false });
const toTheSecond = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false
});
const day = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });

/** A colour of the page as the library can read it. */
export function colour(name: string): string {
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true })!;
  context.fillStyle = getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  context.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = context.getImageData(0, 0, 1, 1).data;
  return `rgba(${red}, ${green}, ${blue}, ${((alpha ?? 255) / 255).toFixed(3)})`;
}

export const stamp = (seconds: number): UTCTimestamp => seconds as UTCTimestamp;

export function chartIn(box: HTMLElement): IChartApi {
  return createChart(box, {
    autoSize: true,
    layout: { attributionLogo: false, fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12 },
    timeScale: {
      timeVisible: true,
      secondsVisible: true,
      rightOffset: 4,
      borderVisible: false,
      tickMarkFormatter: (time: Time, kind: number) => tick(time as number, kind)
    },
    rightPriceScale: { borderVisible: false, scaleMargins: { top: 0.12, bottom: 0.1 } },
    localization: {
      timeFormatter: (time: Time) =>
        `${day.format((time as number) * 1000)} ${toTheSecond.format((time as number) * 1000)}`
    },
    crosshair: { mode: 0 }
  });
}

/** Takes the colours of the theme. */
export function paintChart(chart: IChartApi): void {
  const [text, grid] = [colour('--muted-foreground'), colour('--border')];
  chart.applyOptions({
    layout: { background: { color: 'transparent' }, textColor: text },
    grid: { vertLines: { color: grid, style: 1 }, horzLines: { color: grid, style: 1 } },
    crosshair: { vertLine: { color: text }, horzLine: { color: text } }
  });
}

function tick(seconds: number, kind: number): string {
  if (kind <= 2) return day.format(seconds * 1000);
  return (kind === 3 ? timeOfDay : toTheSecond).format(seconds * 1000);
}
