/** Lists of people as organisers keep them, read from CSV: grants and invitations. Pure. */

import Papa from 'papaparse';
import type { NewInvitation } from './organising';
import { accountNamed } from './people';
import { parseCash, plainCash } from './units';
import type { CreatedInvitation } from '#lib/gen/exchange/v1/server_pb.ts';
import type { Account } from '#lib/gen/exchange/v1/types_pb.ts';

export interface ImportedGrant {
  readonly name: string;
  readonly accountId: bigint;
  readonly amount: bigint;
  readonly note: string;
  /** Why this line cannot be granted, in words; empty when it can. */
  readonly problem: string;
}

export interface Grants {
  /** What is still to be granted. */
  readonly due: readonly ImportedGrant[];
  /** What was granted already, in the same amount. */
  readonly paid: ReadonlySet<ImportedGrant>;
  /** What another amount was granted of under the same note, and which. */
  readonly other: ReadonlyMap<ImportedGrant, bigint>;
}

export interface ImportedInvitation extends NewInvitation {
  readonly problem: string;
}

const NAME_MAX = 64;
const NOTE_MAX = 200;

type Column = 'name' | 'amount' | 'note' | 'cash';

const HEADINGS: Record<string, Column> = {
  name: 'name',
  account: 'name',
  amount: 'amount',
  note: 'note',
  cash: 'cash',
  'starting cash': 'cash'
};

/** Lines by column: in the order that a heading names, if the first line is one, else in the order given. */
function lines(text: string, order: readonly Column[]): Record<Column, string>[] {
  const { data } = Papa.parse<string[]>(text.trim(), { skipEmptyLines: 'greedy' });
  const rows = data.map((row) => row.map((cell) => cell.trim()));
  const named = rows[0]?.map((cell) => HEADINGS[cell.toLowerCase()] ?? null) ?? [];
  const columns = named.includes('name') ? named : order;
  return (columns === named ? rows.slice(1) : rows).map((row) => {
    const line: Record<Column, string> = { name: '', amount: '', note: '', cash: '' };
    columns.forEach((column, at) => {
      if (column) line[column] = row[at] ?? '';
    });
    return line;
  });
}

/** One grant is known from another by who got it and by its note. */
export const grantKey = (accountId: bigint, note: string): string => `${accountId} ${note}`;

/** Lines of `name,amount,note`, or as a heading says; the note may be left out. */
export function readGrants(text: string, accounts: ReadonlyMap<bigint, Account>): ImportedGrant[] {
  const seen = new Set<string>();
  return lines(text, ['name', 'amount', 'note']).map(({ name, amount: cash, note }) => {
    const account = accountNamed(accounts, name);
    const amount = parseCash(cash);
    let problem = '';
    if (!account) problem = 'Nobody has that name.';
    else if (amount === null) problem = 'The amount is no number above zero.';
    else if (note.length > NOTE_MAX) problem = `The note is longer than ${NOTE_MAX} characters.`;
    else if (seen.has(grantKey(account.accountId, note))) problem = 'The name is there twice with the same note.';
    if (account) seen.add(grantKey(account.accountId, note));
    return { name, accountId: account?.accountId ?? 0n, amount: amount ?? 0n, note, problem };
  });
}

/** What of a list is left to grant after what was granted before, so that a list that is sent again is not paid again. */
export function comparedWith(granted: ReadonlyMap<string, bigint>, rows: readonly ImportedGrant[]): Grants {
  const paid = new Set<ImportedGrant>();
  const other = new Map<ImportedGrant, bigint>();
  const due = rows.filter((row) => {
    const before = granted.get(grantKey(row.accountId, row.note));
    if (before === row.amount) paid.add(row);
    else if (before !== undefined) other.set(row, before);
    return before === undefined;
  });
  return { due, paid, other };
}

/** Lines of `name,note,starting cash`, or as a heading says; the last two may be left out. */
export function readInvitations(text: string, accounts: ReadonlyMap<bigint, Account>): ImportedInvitation[] {
  const seen = new Set<string>();
  return lines(text, ['name', 'note', 'cash']).map(({ name, note, cash }) => {
    const startingCash = cash ? parseCash(cash) : undefined;
    let problem = '';
    if (!name || name.length > NAME_MAX) problem = `A name has from 1 to ${NAME_MAX} characters.`;
    else if (seen.has(name.toLowerCase())) problem = 'The name is in the list twice.';
    else if (accountNamed(accounts, name)) problem = 'Somebody has that name already.';
    else if (startingCash === null) problem = 'The starting cash is no number above zero.';
    else if (note.length > NOTE_MAX) problem = `The note is longer than ${NOTE_MAX} characters.`;
    seen.add(name.toLowerCase());
    return { name, note, problem, ...(startingCash ? { startingCash } : {}) };
  });
}

/** Where somebody goes to accept: the token is in the part of the address that no server is told. */
export const invitationLink = (origin: string, token: string): string => `${origin}/#invitation=${token}`;

/** A file to send invitations from. Cells that a spreadsheet would take for formulas are kept from being some. */
export function invitationFile(
  origin: string,
  made: readonly CreatedInvitation[],
  asked: readonly NewInvitation[]
): string {
  const rows = made.map(({ name, token }, at) => [
    name,
    asked[at]?.note ?? '',
    asked[at]?.startingCash === undefined ? '' : plainCash(asked[at].startingCash),
    invitationLink(origin, token)
  ]);
  const data = [['name', 'note', 'starting cash', 'link'], ...rows];
  return `${Papa.unparse(data, { escapeFormulae: true })}\r\n`;
}
