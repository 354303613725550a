/** A market as an organiser writes it down: text as typed, and what of it changed. Pure. */

import type { Market } from './market';
import { editable, milliseconds, nanoseconds, parseHundredths, parseSize } from './units';
import type { CreateMarket, EditMarket } from '#lib/gen/exchange/v1/client_pb.ts';

/** What is typed. Times are those of a `datetime-local` field, in the zone of whoever looks; empty is none. */
export interface Draft {
  name: string;
  description: string;
  groupId: string;
  pinned: boolean;
  ranked: boolean;
  anonymous: boolean;
  restricted: boolean;
  viewers: bigint[];
  positionLimit: string;
  opensAt: string;
  closesAt: string;
  redeemFee: string;
}

type Fields<Shape> = Partial<Omit<Shape, '$typeName' | '$unknown'>>;
type Edit = Fields<EditMarket>;
type Creation = Omit<Fields<CreateMarket>, 'constituents'>;

export const emptyDraft = (): Draft => ({
  name: '',
  description: '',
  groupId: '0',
  pinned: false,
  ranked: true,
  anonymous: false,
  restricted: false,
  viewers: [],
  positionLimit: '',
  opensAt: '',
  closesAt: '',
  redeemFee: ''
});

export const draftOf = (market: Market): Draft => ({
  name: market.name,
  description: market.description,
  groupId: String(market.groupId),
  pinned: market.pinned,
  ranked: market.ranked,
  anonymous: market.anonymous,
  restricted: market.restricted,
  viewers: [...market.viewerAccountIds],
  positionLimit: market.positionLimit ? editable(market.positionLimit) : '',
  opensAt: localTime(market.opensAt),
  closesAt: localTime(market.closesAt),
  redeemFee: market.redeemFee ? editable(market.redeemFee) : ''
});

const two = (number: number): string => String(number).padStart(2, '0');

/** A time as a `datetime-local` field has it; empty for none. */
export function localTime(time: bigint): string {
  if (!time) return '';
  const date = new Date(milliseconds(time));
  const seconds = date.getSeconds() ? `:${two(date.getSeconds())}` : '';
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}${seconds}`;
}

/** The time that a `datetime-local` field says; 0 for none, null for what is no time. */
export function timeOf(text: string): bigint | null {
  if (!text) return 0n;
  const time = new Date(text).getTime();
  return Number.isNaN(time) || time <= 0 ? null : nanoseconds(time);
}

/** 0 where nothing is typed, null for what is no limit. */
const limitOf = (text: string): bigint | null => (text.trim() ? parseSize(text) : 0n);

function feeOf(text: string): bigint | null {
  if (!text.trim()) return 0n;
  const fee = parseHundredths(text);
  return fee !== null && fee >= 0n ? fee : null;
}

/** What is wrong with a draft, by field, in words; empty when it can be sent. */
export function problems(draft: Draft): Partial<Record<keyof Draft, string>> {
  const found: Partial<Record<keyof Draft, string>> = {};
  const [opens, closes] = [timeOf(draft.opensAt), timeOf(draft.closesAt)];
  if (!draft.name.trim()) found.name = 'A market needs a name.';
  if (limitOf(draft.positionLimit) === null) found.positionLimit = 'A limit is a number above zero, or nothing.';
  if (feeOf(draft.redeemFee) === null) found.redeemFee = 'A fee is a number with two decimals at most, or nothing.';
  if (opens === null) found.opensAt = 'This is no time.';
  if (closes === null) found.closesAt = 'This is no time.';
  else if (opens && closes && closes <= opens) found.closesAt = 'It would close before it opens.';
  return found;
}

/** The terms of a new market; its bounds or basket come from elsewhere. */
export const termsOf = (draft: Draft): Creation => ({
  name: draft.name.trim(),
  description: draft.description.trim(),
  groupId: BigInt(draft.groupId),
  pinned: draft.pinned,
  unranked: !draft.ranked,
  anonymous: draft.anonymous,
  restricted: draft.restricted,
  viewerAccountIds: draft.restricted ? draft.viewers : [],
  positionLimit: limitOf(draft.positionLimit) ?? 0n,
  opensAt: timeOf(draft.opensAt) ?? 0n,
  closesAt: timeOf(draft.closesAt) ?? 0n
});

export const feeTerms = ({ redeemFee }: Draft): Creation => ({ redeemFee: feeOf(redeemFee) ?? 0n });

/** The fields that differ, and nothing else: what somebody else changed meanwhile stays. Null when none does. */
export function changes(before: Draft, after: Draft, marketId: bigint): Edit | null {
  const edit: Edit = {};
  const differs = (field: keyof Draft): boolean => before[field] !== after[field];
  if (differs('name')) edit.name = after.name.trim();
  if (differs('description')) edit.description = after.description.trim();
  if (differs('groupId')) edit.groupId = BigInt(after.groupId);
  for (const flag of ['pinned', 'ranked', 'anonymous', 'restricted'] as const) {
    if (differs(flag)) edit[flag] = after[flag];
  }
  if (differs('positionLimit')) edit.positionLimit = limitOf(after.positionLimit) ?? 0n;
  if (differs('opensAt')) edit.opensAt = timeOf(after.opensAt) ?? 0n;
  if (differs('closesAt')) edit.closesAt = timeOf(after.closesAt) ?? 0n;
  if (differs('redeemFee')) edit.redeemFee = feeOf(after.redeemFee) ?? 0n;
  const added = after.viewers.filter((id) => !before.viewers.includes(id));
  const removed = before.viewers.filter((id) => !after.viewers.includes(id));
  if (added.length) edit.addViewerAccountIds = added;
  if (removed.length) edit.removeViewerAccountIds = removed;
  return Object.keys(edit).length ? { ...edit, marketId } : null;
}

/** What an edit would change, as people call it: for a sentence before it is sent. */
export function changedWords(edit: Edit): string[] {
  const words: [keyof Edit & string, string][] = [
    ['name', 'name'],
    ['description', 'description'],
    ['groupId', 'group'],
    ['pinned', 'pinned'],
    ['ranked', 'leaderboard'],
    ['anonymous', 'anonymity'],
    ['restricted', 'who may see it'],
    ['positionLimit', 'position limit'],
    ['opensAt', 'opening time'],
    ['closesAt', 'closing time'],
    ['redeemFee', 'fee'],
    ['addViewerAccountIds', 'new viewers'],
    ['removeViewerAccountIds', 'removed viewers']
  ];
  return words.filter(([field]) => edit[field] !== undefined).map(([, word]) => word);
}
