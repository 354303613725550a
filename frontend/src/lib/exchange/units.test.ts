import { describe, expect, test } from 'vitest';
import {
  editable,
  formatCash,
  formatPrice,
  formatSize,
  parseCash,
  parseHundredths,
  parsePrice,
  parseSize,
  plainCash,
  withSign
} from './units';

describe('what people read', () => {
  test.each([
    [0n, '0.00'],
    [6250n, '62.50'],
    [-5n, '−0.05'],
    [123456789n, '1,234,567.89']
  ])('a price of %s hundredths is %s', (price, text) => expect(formatPrice(price)).toBe(text));

  test('whole sizes have no point, others two digits', () => {
    expect([formatSize(1000n), formatSize(1050n), formatSize(100_000n)]).toEqual(['10', '10.50', '1,000']);
  });

  test('cash is cut to cents towards zero, and nothing is minus zero', () => {
    expect([formatCash(104_125_099n), formatCash(-12_345n), formatCash(-1n)]).toEqual(['10,412.50', '−1.23', '0.00']);
  });

  test('a change has its sign', () => {
    expect([110n, -110n, 0n].map((change) => withSign(change, formatPrice))).toEqual(['+1.10', '−1.10', '0.00']);
  });

  test('cash beyond what a floating-point number holds keeps every digit', () => {
    expect(formatCash(4_611_686_018_427_387_904n)).toBe('461,168,601,842,738.79');
  });
});

describe('what people type', () => {
  test.each([
    ['62.5', 6250n],
    ['62,50', 6250n],
    ['-0.05', -5n],
    ['−3', -300n],
    ['.5', 50n],
    ['7.', 700n],
    ['1,000', 100_000n],
    ["12'345.67", 1_234_567n]
  ])('%s is understood', (text, value) => expect(parseHundredths(text)).toBe(value));

  test.each(['', '.', '-', 'ten', '1.234', '1e5', '--1', '12345678901'])('%j is refused, never rounded', (text) => {
    expect(parseHundredths(text)).toBeNull();
  });

  test('sizes are above zero and within the limits, prices within theirs', () => {
    expect([parseSize('0'), parseSize('-1'), parseSize('1000000.01'), parseSize('1000000')]).toEqual([
      null,
      null,
      null,
      100_000_000n
    ]);
    expect([parsePrice('-1000000'), parsePrice('1000000.01')]).toEqual([-100_000_000n, null]);
  });

  test('what a field is filled with reads back as the same number', () => {
    for (const value of [0n, 1n, 10n, 100n, -6250n, 123_456_789n]) expect(parseHundredths(editable(value))).toBe(value);
  });
});

describe('amounts of cash', () => {
  test.each([
    ['100', 1_000_000n],
    ['1,250.5', 12_505_000n],
    ['0.0001', 1n],
    ['0', null],
    ['-5', null],
    ['1.00001', null],
    ['ten', null],
    ['', null]
  ])('%j is %s ten-thousandths', (text, amount) => expect(parseCash(text)).toBe(amount));

  test('a file for other programs has every digit, a plain minus and no groups', () => {
    expect([12_345_678_900n, -5n].map(plainCash)).toEqual(['1234567.89', '-0.0005']);
  });
});
