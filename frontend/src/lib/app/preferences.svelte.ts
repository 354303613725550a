/** What somebody likes, kept in this browser. */

import { SvelteSet } from 'svelte/reactivity';

export type Theme = 'light' | 'dark';
export type ChartKind = 'step' | 'candle';

interface Kept {
  starred: string[];
  quickLimit: string;
  confirmAbove: string;
  chart: ChartKind;
  interval: number;
}

const KEY = 'exchange.preferences';
const THEME_KEY = 'exchange.theme';
const DEFAULTS: Kept = { starred: [], quickLimit: '10', confirmAbove: '100', chart: 'step', interval: 0 };

export class Preferences {
  theme = $state<Theme>(document.documentElement.classList.contains('dark') ? 'dark' : 'light');
  /** Largest size that a shift-click on the ladder takes without the ticket. */
  quickLimit = $state(DEFAULTS.quickLimit);
  /** Orders above this size are asked about once more. */
  confirmAbove = $state(DEFAULTS.confirmAbove);
  chart = $state<ChartKind>(DEFAULTS.chart);
  interval = $state(DEFAULTS.interval);
  readonly starred = new SvelteSet<string>();

  constructor() {
    const kept = { ...DEFAULTS, ...read() };
    this.quickLimit = kept.quickLimit;
    this.confirmAbove = kept.confirmAbove;
    this.chart = kept.chart;
    this.interval = kept.interval;
    for (const id of kept.starred) this.starred.add(id);
  }

  keep(): void {
    const { quickLimit, confirmAbove, chart, interval } = this;
    localStorage.setItem(
      KEY,
      JSON.stringify({ quickLimit, confirmAbove, chart, interval, starred: [...this.starred] })
    );
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
}

function read(): Partial<Kept> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Kept>;
  } catch {
    return {};
  }
}
