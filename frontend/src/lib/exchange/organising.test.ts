import { create } from '@bufbuild/protobuf';
import { describe, expect, test } from 'vitest';
import { stepSentence } from './auditing';
import { comparedWith, grantKey, invitationFile, readGrants, readInvitations } from './importing';
import { payouts } from './settling';
import { ADA, adasState, BOB, HOUSE, RAIN, said } from './testing';
import { CreatedInvitationSchema, MarketPositionSchema } from '#lib/gen/exchange/v1/server_pb.ts';
import { MarketStatus, TransferKind } from '#lib/gen/exchange/v1/types_pb.ts';

const held = (accountId: bigint, size: bigint, cashFlow: bigint) =>
  create(MarketPositionSchema, { accountId, position: { marketId: RAIN, size, cashFlow } });

describe('who gets what at a settlement', () => {
  const positions = [held(ADA, 1000n, -1_500_000n), held(BOB, -1000n, 1_500_000n), held(30n, 0n, 0n)];

  test('what one wins another loses, and who has nothing at stake is left out', () => {
    const found = payouts(positions, 2000n).map(({ accountId, cash, profit }) => [accountId, cash, profit]);
    expect(found).toEqual([
      [ADA, 2_000_000n, 500_000n],
      [BOB, -2_000_000n, -500_000n]
    ]);
    expect(payouts(positions, 1234n).reduce((sum, row) => sum + row.profit, 0n)).toBe(0n);
  });

  test('who has closed their position is shown with what they have won', () => {
    expect(payouts([held(ADA, 0n, 70n)], 1000n)).toEqual([{ accountId: ADA, size: 0n, cash: 0n, profit: 70n }]);
  });
});

describe('lists from CSV', () => {
  const { accounts } = adasState();

  test('a heading says which column is which, whatever separates them', () => {
    expect(readInvitations('name;e-mail;cash\nEve;eve@example.org;12,50', accounts)).toEqual([
      { name: 'Eve', note: '', startingCash: 125_000n, problem: '' }
    ]);
    const [row] = readGrants('account\tnote\tamount\nBob\tweek 1\t5', accounts);
    expect(row).toMatchObject({ accountId: BOB, amount: 50_000n, note: 'week 1', problem: '' });
    expect(readInvitations('name,cash\nEve,5', accounts)[0]).toMatchObject({ note: '', startingCash: 50_000n });
  });

  test('grants are read with or without a heading and a note, quotes and all', () => {
    const rows = readGrants('Name,Amount,Note\nada,"1,250.50","prize, first"\n\nBob,5\n', accounts);
    expect(rows.map(({ accountId, amount, note, problem }) => [accountId, amount, note, problem])).toEqual([
      [ADA, 12_505_000n, 'prize, first', ''],
      [BOB, 50_000n, '', '']
    ]);
  });

  test('a line that cannot be granted says why', () => {
    const problems = readGrants('Zoe,5\nBob,none', accounts).map((row) => row.problem);
    expect(problems).toEqual(['Nobody has that name.', 'The amount is no number above zero.']);
  });

  test('a list that is granted again grants what is left, and never other than before unasked', () => {
    const rows = readGrants('Ada,5,week 1\nBob,5,week 1\nAda,7,week 2\nbob,6,week 1', accounts);
    expect(rows.map((row) => row.problem)).toEqual(['', '', '', 'The name is there twice with the same note.']);
    const before = new Map([
      [grantKey(ADA, 'week 1'), 50_000n],
      [grantKey(BOB, 'week 1'), 40_000n]
    ]);
    const { due, paid, other } = comparedWith(before, rows.slice(0, 3));
    expect([...paid]).toEqual([rows[0]]);
    expect([...other]).toEqual([[rows[1], 40_000n]]);
    expect(due).toEqual([rows[2]]);
  });

  test('invitations say who is in the list twice, or here already', () => {
    const rows = readInvitations('Cleo,cleo@example.org,500\nDan\nCleo\nBOB\nEve,,x', accounts);
    expect(rows[0]).toEqual({ name: 'Cleo', note: 'cleo@example.org', startingCash: 5_000_000n, problem: '' });
    expect(rows[1]).toEqual({ name: 'Dan', note: '', problem: '' });
    expect(rows.slice(2).map((row) => row.problem)).toEqual([
      'The name is in the list twice.',
      'Somebody has that name already.',
      'The starting cash is no number above zero.'
    ]);
  });

  test('the file to send from has a link for each, and no cell that a spreadsheet would compute', () => {
    const made = [create(CreatedInvitationSchema, { invitationId: 1n, name: '=SUM(1)', token: 'exi_abc' })];
    const file = invitationFile('https://x.org', made, [{ name: '=SUM(1)', note: '', startingCash: 5_000_000n }]);
    expect(file).toContain("'=SUM(1)");
    expect(file).toContain('500.00,https://x.org/#invitation=exi_abc');
  });
});

describe('what organisers did', () => {
  test('is told in words, and long steps are cut', () => {
    const known = adasState();
    const halted = said({ case: 'marketStatusChanged', value: { marketId: RAIN, status: MarketStatus.HALTED } });
    const transfer = { kind: TransferKind.GRANT, fromAccountId: HOUSE, toAccountId: BOB, amount: 50_000n };
    const granted = said({ case: 'transferred', value: { transfer } });
    expect(stepSentence([granted], known)).toBe('granted 5.00 to Bob');
    expect(stepSentence(Array(6).fill(halted), known)).toBe(
      'halted Rain, halted Rain, halted Rain, halted Rain, and 2 more'
    );
  });
});
