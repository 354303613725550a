/**
 * Numbers as people write them. Everywhere else prices and sizes are integer hundredths, cash is integer
 * ten-thousandths and times are nanoseconds, all bigint, as on the wire; a decimal point exists only here.
 */

export const PRICE_MAX = 100_000_000n; // hundredths, either way
export const SIZE_MAX = 100_000_000n;
const MINUS = '−'; // as wide as a digit, unlike a hyphen
const GROUPS = /\B(?=(\d{3})+$)/g;

/** `places` digits of `value` shown after the point; the rest is cut off towards zero and only for reading. */
function decimal(value: bigint, scale: number, places: number): string {
  const negative = value < 0n;
  const digits = (negative ? -value : value).toString().padStart(scale + 1, '0');
  const whole = digits.slice(0, -scale).replace(GROUPS, ',');
  const fraction = digits.slice(-scale).slice(0, places);
  const shown = places ? `${whole}.${fraction}` : whole;
  return negative && /[1-9]/.test(shown) ? MINUS + shown : shown;
}

export const formatPrice = (hundredths: bigint): string => decimal(hundredths, 2, 2);

/** Whole contracts without a point, anything else with two digits. */
export const formatSize = (hundredths: bigint): string => decimal(hundredths, 2, hundredths % 100n === 0n ? 0 : 2);

export const formatCash = (tenThousandths: bigint): string => decimal(tenThousandths, 4, 2);

/** Every digit there is, for where cents are not enough to tell why. */
export const formatCashExactly = (tenThousandths: bigint): string =>
  decimal(tenThousandths, 4, tenThousandths % 100n === 0n ? 2 : 4);

/** With a plus before what is above zero: profits, changes, positions. */
export function withSign(value: bigint, format: (value: bigint) => string): string {
  return value > 0n ? `+${format(value)}` : format(value);
}

/** What is typed, as an integer with `places` decimals; null when it is not a number, is too long or has more of them. */
function parseDecimal(text: string, places: number, digits: number): bigint | null {
  const found = /^\s*([-−+]?)(\d*)(?:[.,](\d*))?\s*$/.exec(text.replace(/(\d)[ ,'](?=\d{3}(\D|$))/g, '$1'));
  if (!found || !(found[2] || found[3]) || (found[3] ?? '').length > places || found[2]!.length > digits) return null;
  const value = BigInt((found[2] || '0') + (found[3] ?? '').padEnd(places, '0'));
  return found[1] === '-' || found[1] === MINUS ? -value : value;
}

/** What is typed, as hundredths; null when it is not a number or has more than two decimals. */
export const parseHundredths = (text: string): bigint | null => parseDecimal(text, 2, 9);

/** An amount of cash that is typed, as ten-thousandths: above zero. */
export function parseCash(text: string): bigint | null {
  const amount = parseDecimal(text, 4, 12);
  return amount !== null && amount > 0n ? amount : null;
}

/** A size that is typed: above zero and within the limits. */
export function parseSize(text: string): bigint | null {
  const size = parseHundredths(text);
  return size !== null && size > 0n && size <= SIZE_MAX ? size : null;
}

/** A price that is typed, within the limits of the exchange. */
export function parsePrice(text: string): bigint | null {
  const price = parseHundredths(text);
  return price !== null && price >= -PRICE_MAX && price <= PRICE_MAX ? price : null;
}

/** For a field somebody may type in: no groups, a plain minus. */
export function editable(hundredths: bigint): string {
  const text = decimal(hundredths, 2, 2).replaceAll(',', '').replace(MINUS, '-');
  return text.replace(/\.00$/, '').replace(/(\.\d)0$/, '$1');
}

/** Cash for a file that other programs read: every digit, a plain minus, no groups. */
export const plainCash = (tenThousandths: bigint): string =>
  decimal(tenThousandths, 4, tenThousandths % 100n === 0n ? 2 : 4)
    .replaceAll(',', '')
    .replace(MINUS, '-');

/** A price or a size for such a file. */
export const plainHundredths = (hundredths: bigint): string =>
  decimal(hundredths, 2, 2).replaceAll(',', '').replace(MINUS, '-');

/** For charts, which draw in floating point. Nothing is ever computed from it. */
export const toNumber = (hundredths: bigint): number => Number(hundredths) / 100;

/** Size × price by its nature has four decimals; the average price of a position, cut to hundredths for reading. */
export const average = (cost: bigint, size: bigint): bigint => (size === 0n ? 0n : cost / size);

export const milliseconds = (nanoseconds: bigint): number => Number(nanoseconds / 1_000_000n);
export const nanoseconds = (milliseconds: number): bigint => BigInt(Math.round(milliseconds)) * 1_000_000n;

/** A time of day, in the viewer's zone. */
export function formatTime(time: bigint): string {
  return clock.format(milliseconds(time));
}

/** Date and time, in the viewer's zone. */
export function formatMoment(time: bigint): string {
  return moment.format(milliseconds(time));
}

/** Date and time to the second, in the viewer's zone. */
export function formatInstant(time: bigint): string {
  return instant.format(milliseconds(time));
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false
});
const moment = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  hour12: false
});
const instant = new Intl.DateTimeFormat(undefined, {
  weekday: 'short',
  day: 'numeric',
  month: 'short',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hour12: false
});
