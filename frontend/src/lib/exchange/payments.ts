/** Several transfers at once, as they are typed. Pure. */

import { formatCash, parseCash } from './units';

export interface PaymentLine {
  readonly accountId: bigint;
  readonly amount: string;
}

export interface Total {
  /** Ten-thousandths, over the lines that are complete. */
  readonly sum: bigint;
  /** Why it cannot be sent, in words; empty when it can. */
  readonly problem: string;
}

/** Adds up what is typed. Lines with neither recipient nor amount are passed over. */
export function total(lines: readonly PaymentLine[], fromId: bigint, available: bigint): Total {
  const used = lines.filter((line) => line.accountId || line.amount.trim());
  let sum = 0n;
  let problem = used.length ? '' : 'Name a recipient and an amount.';
  for (const { accountId, amount } of used) {
    const value = parseCash(amount);
    if (!accountId) problem ||= 'One recipient is not known here.';
    else if (accountId === fromId) problem ||= 'Sender and recipient are the same.';
    if (value === null) problem ||= 'An amount is above zero, with four decimals at most.';
    else sum += value;
  }
  if (!problem && sum > available) problem = `That is ${formatCash(sum - available)} more than is available.`;
  return { sum, problem };
}
