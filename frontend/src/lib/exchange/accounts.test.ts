import { describe, expect, test } from 'vitest';
import { expiry, scopeName, TERMS } from './keys';
import { total } from './payments';
import { accountNamed, people, recipients, userName } from './people';
import { adasState, ADA, BOB } from './testing';
import { KeyScope } from '#lib/gen/exchange/v1/types_pb.ts';

describe('several transfers at once', () => {
  test('the amounts are added up and empty lines are passed over', () => {
    const lines = [
      { accountId: BOB, amount: '10' },
      { accountId: 0n, amount: ' ' },
      { accountId: 30n, amount: '0.5' }
    ];
    expect(total(lines, ADA, 1_000_000n)).toEqual({ sum: 105_000n, problem: '' });
  });

  test.each([
    [[], 'Name a recipient and an amount.'],
    [[{ accountId: 0n, amount: '5' }], 'One recipient is not known here.'],
    [[{ accountId: ADA, amount: '5' }], 'Sender and recipient are the same.'],
    [[{ accountId: BOB, amount: '0' }], 'An amount is above zero, with four decimals at most.'],
    [[{ accountId: BOB, amount: '100.01' }], 'That is 0.01 more than is available.']
  ])('%#: what cannot be sent is said: %s', (lines, problem) =>
    expect(total(lines, ADA, 1_000_000n).problem).toBe(problem)
  );
});

describe('accounts by name', () => {
  const { accounts } = adasState();

  test('the case and the spaces around do not matter', () => {
    expect(accountNamed(accounts, ' bob ')?.accountId).toBe(BOB);
    expect(accountNamed(accounts, 'Bo')).toBeNull();
    expect(accountNamed(accounts, '')).toBeNull();
  });

  test('the house is nobody, and no recipient', () => {
    expect(people(accounts).map((account) => account.name)).toEqual(['Ada', 'Bob']);
    expect(recipients(accounts).map((account) => account.name)).toEqual(['Ada', 'Bob']);
  });

  test('a user is called by their own account where it is known to be theirs', () => {
    expect([0n, 1n, 9n].map((userId) => userName(accounts, userId))).toEqual(['the exchange', 'Ada', 'user 9']);
  });
});

test('a key is good for days from now, or for good', () => {
  expect(expiry(5n, 1)).toBe(86_400_000_000_005n);
  expect(expiry(5n, 0)).toBe(0n);
  expect(TERMS.some((term) => term.days === 0)).toBe(true);
  expect(scopeName(KeyScope.READ)).toBe('reads');
});
