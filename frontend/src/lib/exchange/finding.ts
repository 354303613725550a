/** What the command palette finds: markets, actions and people whose names match what is typed. Pure. */

export interface Found {
  readonly key: string;
  readonly kind: 'action' | 'market' | 'person';
  readonly label: string;
  /** What else is said about it; not searched. */
  readonly hint: string;
  run(): unknown;
}

/** How well a label fits: every word typed begins some word of it, or is in it. The lower the better; null for not. */
function fit(label: string, words: readonly string[]): number | null {
  const text = label.toLowerCase();
  let worse = 0;
  for (const word of words) {
    const at = text.indexOf(word);
    if (at < 0) return null;
    if (at > 0) worse += text.includes(` ${word}`) ? 1 : 2;
  }
  return worse;
}

/** The best first, otherwise in the order given; nothing typed finds the first of all. */
export function find(entries: Iterable<Found>, typed: string, limit: number): Found[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting: { entry: Found; worse: number }[] = [];
  for (const entry of entries) {
    const worse = fit(entry.label, words);
    if (worse !== null) fitting.push({ entry, worse });
  }
  return fitting
    .sort((one, other) => one.worse - other.worse)
    .slice(0, limit)
    .map(({ entry }) => entry);
}
