/** What somebody likes, kept in this browser. */

import { SvelteSet } from 'svelte/reactivity';

export type Theme = 'light' | 'dark';
/** Which two colours stand for bids and offers: `safe` are told apart by everybody. */
export type Colours = 'usual' | 'safe';
export type ChartKind = 'step' | 'candle';

interface Kept {
  starred: string[];
  quickLimit: string;
  confirmAbove: string;
  chart: ChartKind;
  interval: number;
  notify: boolean;
  heardUntil: string;
}

const KEY = 'exchange.preferences';
const THEME_KEY = 'exchange.theme';
const COLOURS_KEY = 'exchange.colours';
const DEFAULTS: Kept = {
  starred: [],
  quickLimit: '10',
  confirmAbove: '100',
  chart: 'step',
  interval: 0,
  notify: false,
  heardUntil: '0'
};

export class Preferences {
  theme = $state<Theme>(document.documentElement.classList.contains('dark') ? 'dark' : 'light');
  colours = $state<Colours>(document.documentElement.classList.contains('safe-colours') ? 'safe' : 'usual');
  /** Largest size that a shift-click on the ladder takes without the ticket. */
  quickLimit = $state(DEFAULTS.quickLimit);
  /** Orders above this size are asked about once more. */
  confirmAbove = $state(DEFAULTS.confirmAbove);
  chart = $state<ChartKind>(DEFAULTS.chart);
  interval = $state(DEFAULTS.interval);
  /** Announcements also come as notifications of the browser, while somebody looks elsewhere. */
  notify = $state(DEFAULTS.notify);
  /** When the latest announcement was made that somebody has read in the list, nanoseconds. */
  heardUntil = $state(0n);
  readonly starred = new SvelteSet<string>();

  constructor() {
    const kept = { ...DEFAULTS, ...read() };
    this.quickLimit = kept.quickLimit;
    this.confirmAbove = kept.confirmAbove;
    this.chart = kept.chart;
    this.interval = kept.interval;
    this.notify = kept.notify;
    this.heardUntil = BigInt(kept.heardUntil);
    for (const id of kept.starred) this.starred.add(id);
  }

  keep(): void {
    const { quickLimit, confirmAbove, chart, interval, notify } = this;
    const heardUntil = String(this.heardUntil);
    localStorage.setItem(
      KEY,
      JSON.stringify({ quickLimit, confirmAbove, chart, interval, notify, heardUntil, starred: [...this.starred] })
    );
  }

  /** Notes that announcements up to this time were read. */
  heard(time: bigint): void {
    if (time <= this.heardUntil) return;
    this.heardUntil = time;
    this.keep();
  }

  toggleStar(marketId: bigint): void {
    const id = String(marketId);
    if (!this.starred.delete(id)) this.starred.add(id);
    this.keep();
  }

  toggleTheme(): void {
    this.theme = this.theme === 'dark' ? 'light' : 'dark';
    document.documentElement.classList.toggle('dark', this.theme === 'dark');
    localStorage.setItem(THEME_KEY, this.theme);
  }

  useColours(colours: Colours): void {
    this.colours = colours;
    document.documentElement.classList.toggle('safe-colours', colours === 'safe');
    localStorage.setItem(COLOURS_KEY, colours);
  }
}

function read(): Partial<Kept> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Kept>;
  } catch {
    return {};
  }
}
