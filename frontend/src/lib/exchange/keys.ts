/** What a key may do and how long it is good, in words and as the exchange wants it. Pure. */

import { KeyScope } from '#lib/gen/exchange/v1/types_pb.ts';
import { nanoseconds } from './units';

const NAMES: Record<KeyScope, string> = {
  [KeyScope.UNSPECIFIED]: 'nothing',
  [KeyScope.READ]: 'reads',
  [KeyScope.TRADE]: 'trades and reads',
  [KeyScope.PERSON]: 'everything its person may'
};
const DAY_MS = 86_400_000;

export const scopeName = (scope: KeyScope): string => NAMES[scope] ?? NAMES[KeyScope.UNSPECIFIED];

export const TERMS: { readonly days: number; readonly label: string }[] = [
  { days: 1, label: 'a day' },
  { days: 7, label: 'a week' },
  { days: 30, label: '30 days' },
  { days: 0, label: 'until it is revoked' }
];

/** When a key ends that is good for so many days from `now`; 0 days is for good. */
export const expiry = (now: bigint, days: number): bigint => (days ? now + nanoseconds(days * DAY_MS) : 0n);
