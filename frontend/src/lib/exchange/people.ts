/** Accounts by what people call them. Pure. */

import { AccountKind, type Account } from '#lib/gen/exchange/v1/types_pb.ts';

type Accounts = ReadonlyMap<bigint, Account>;

const key = (name: string): string => name.trim().normalize('NFC').toLowerCase();
const byName = (one: Account, other: Account): number => one.name.localeCompare(other.name);

/** The account of that name, whatever the case; null when there is none. */
export function accountNamed(accounts: Accounts, name: string): Account | null {
  const wanted = key(name);
  if (!wanted) return null;
  for (const account of accounts.values()) if (key(account.name) === wanted) return account;
  return null;
}

/** What every user has as their own, by name. */
export const people = (accounts: Accounts): Account[] =>
  [...accounts.values()].filter((account) => account.kind === AccountKind.USER).sort(byName);

/** Everybody money can be moved to: users and sub-accounts, by name. */
export const recipients = (accounts: Accounts): Account[] =>
  [...accounts.values()].filter((account) => account.kind !== AccountKind.HOUSE).sort(byName);

/** What a user is called, as far as the exchange has told whose account is whose. */
export function userName(accounts: Accounts, userId: bigint): string {
  if (!userId) return 'the exchange';
  for (const account of accounts.values()) {
    if (account.kind === AccountKind.USER && account.ownerUserIds.includes(userId)) return account.name;
  }
  return `user ${userId}`;
}
