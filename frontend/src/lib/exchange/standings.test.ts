import { expect, test } from 'vitest';
import { inColumns, standings } from './standings';

const row = (accountId: bigint, profit: bigint) => ({ accountId, profit, equity: 1_000_000n + profit });

test('the largest profit is first, and losses are last', () => {
  const ids = standings([row(1n, -50n), row(2n, 900n), row(3n, 0n)]).map((standing) => standing.accountId);
  expect(ids).toEqual([2n, 3n, 1n]);
});

test('the same profit is the same rank, and the next one counts everybody before it', () => {
  const found = standings([row(4n, 7n), row(1n, 9n), row(3n, 7n), row(2n, 1n)]);
  expect(found.map(({ rank, accountId }) => [rank, accountId])).toEqual([
    [1, 1n],
    [2, 3n],
    [2, 4n],
    [4, 2n]
  ]);
});

test('what does not fit on the wall is left out, and nothing is shown twice', () => {
  const numbers = Array.from({ length: 10 }, (_, at) => at);
  expect(inColumns(numbers, 4, 2)).toEqual([
    [0, 1, 2, 3],
    [4, 5, 6, 7]
  ]);
  expect(inColumns([], 4, 2)).toEqual([]);
});
