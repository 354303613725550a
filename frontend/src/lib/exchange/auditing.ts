/** What organisers did, as sentences. Pure. */

import { userName } from './people';
import type { State } from './state.svelte';
import { formatCash, formatPrice } from './units';
import type { ServerMessage } from '#lib/gen/exchange/v1/server_pb.ts';
import { MarketStatus, TransferKind } from '#lib/gen/exchange/v1/types_pb.ts';

type Known = Pick<State, 'accounts' | 'markets' | 'groups'> & { accountName(accountId: bigint): string };

const DONE: Partial<Record<MarketStatus, string>> = {
  [MarketStatus.OPEN]: 'opened',
  [MarketStatus.HALTED]: 'halted',
  [MarketStatus.PAUSED]: 'paused'
};

/** What was done to a market to give it a status. */
export const statusDone = (status: MarketStatus): string => DONE[status] ?? 'changed';

/** One fact in words; a kind without words of its own is named. */
export function factSentence({ message: said }: ServerMessage, known: Known): string {
  const market = (id: bigint): string => known.markets.get(id)?.name ?? `market ${id}`;
  switch (said.case) {
    case 'marketCreated':
      return `created the market ${said.value.market?.name}`;
    case 'marketEdited':
      return `changed ${market(said.value.marketId)}`;
    case 'marketStatusChanged':
      return `${statusDone(said.value.status)} ${market(said.value.marketId)}`;
    case 'marketSettled':
      return `settled ${market(said.value.marketId)} at ${formatPrice(said.value.price)}`;
    case 'marketUnsettled':
      return `took back the settlement of ${market(said.value.marketId)}`;
    case 'groupChanged':
      return `made or changed the group ${said.value.group?.name}`;
    case 'announced':
      return `announced “${said.value.announcement?.text}”`;
    case 'transferred': {
      const { kind, amount, fromAccountId, toAccountId } = said.value.transfer!;
      if (kind === TransferKind.CLAW_BACK) {
        return `took ${formatCash(amount)} back from ${known.accountName(fromAccountId)}`;
      }
      const verb = kind === TransferKind.TRANSFER ? 'moved' : kind === TransferKind.COVER ? 'covered' : 'granted';
      return `${verb} ${formatCash(amount)} ${verb === 'covered' ? 'for' : 'to'} ${known.accountName(toAccountId)}`;
    }
    case 'accountCreated':
      return `made the account ${said.value.account?.name}`;
    case 'accountRenamed':
      return `renamed an account to ${said.value.name}`;
    case 'accessChanged': {
      const { accountId, userId, owner } = said.value;
      const who = userName(known.accounts, userId);
      return owner
        ? `shared ${known.accountName(accountId)} with ${who}`
        : `took ${known.accountName(accountId)} from ${who}`;
    }
    case 'invitationIssued':
      return `invited ${said.value.name}`;
    case 'invitationRevoked':
      return `revoked invitation ${said.value.invitationId}`;
    case 'apiKeyIssued':
      return `made the key “${said.value.label}” for ${known.accountName(said.value.accountId)}`;
    case 'apiKeyRevoked':
      return `revoked key ${said.value.keyId}`;
    case 'ordersCancelled':
      return `ended ${said.value.orderIds.length} orders in ${market(said.value.marketId)}`;
    case 'orderPlaced':
      return `placed an order in ${market(said.value.marketId)} for ${known.accountName(said.value.accountId)}`;
    case 'orderAmended':
      return `amended an order in ${market(said.value.marketId)}`;
    case 'redeemed':
      return `redeemed ${market(said.value.marketId)}`;
    default:
      return (said.case ?? 'did something unknown').replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  }
}

const SHOWN = 4;

/** A step in words: its first facts, and how many more there were. */
export function stepSentence(facts: readonly ServerMessage[], known: Known): string {
  const told = facts.slice(0, SHOWN).map((fact) => factSentence(fact, known));
  const rest = facts.length - told.length;
  return told.join(', ') + (rest > 0 ? `, and ${rest} more` : '');
}
