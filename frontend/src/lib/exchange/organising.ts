/** What organisers ask for, while they are elevated. Each rejects with Refused when the exchange will not. */

import { create, type MessageInitShape } from '@bufbuild/protobuf';
import type { Exchange } from './exchange';
import { grantKey } from './importing';
import * as wire from '#lib/gen/exchange/v1/client_pb.ts';
import type {
  ApiKey,
  Audit,
  CreatedInvitation,
  Health,
  Invitation,
  MarketPosition
} from '#lib/gen/exchange/v1/server_pb.ts';
import { type MarketStatus, TransferKind } from '#lib/gen/exchange/v1/types_pb.ts';

export async function setStatus(exchange: Exchange, marketId: bigint, status: MarketStatus): Promise<void> {
  const value = create(wire.SetMarketStatusSchema, { marketId, status });
  await exchange.ask({ case: 'setMarketStatus', value }, 'done');
}

export async function haltAll(exchange: Exchange): Promise<void> {
  await exchange.ask({ case: 'haltAll', value: create(wire.HaltAllSchema) }, 'done');
}

export async function settle(exchange: Exchange, marketId: bigint, price: bigint): Promise<void> {
  await exchange.ask({ case: 'settleMarket', value: create(wire.SettleMarketSchema, { marketId, price }) }, 'done');
}

/** Reverses a settlement; with `cover` the house pays what accounts have spent of it. */
export async function unsettle(exchange: Exchange, marketId: bigint, cover: boolean): Promise<void> {
  const value = create(wire.UnsettleMarketSchema, { marketId, cover });
  await exchange.ask({ case: 'unsettleMarket', value }, 'done');
}

/** Who holds what, or has won or lost something. */
export async function marketPositions(exchange: Exchange, marketId: bigint): Promise<MarketPosition[]> {
  const value = create(wire.GetMarketPositionsSchema, { marketId });
  return (await exchange.ask({ case: 'getMarketPositions', value }, 'marketPositions')).positions;
}

export async function editMarket(
  exchange: Exchange,
  edit: MessageInitShape<typeof wire.EditMarketSchema>
): Promise<void> {
  await exchange.ask({ case: 'editMarket', value: create(wire.EditMarketSchema, edit) }, 'done');
}

export async function createGroup(exchange: Exchange, name: string, description: string): Promise<void> {
  await exchange.ask({ case: 'createGroup', value: create(wire.CreateGroupSchema, { name, description }) }, 'created');
}

/** Changes what is given; what is absent stays. */
export async function editGroup(
  exchange: Exchange,
  groupId: bigint,
  change: { name?: string; description?: string }
): Promise<void> {
  await exchange.ask({ case: 'editGroup', value: create(wire.EditGroupSchema, { groupId, ...change }) }, 'done');
}

export async function announce(exchange: Exchange, text: string): Promise<void> {
  await exchange.ask({ case: 'announce', value: create(wire.AnnounceSchema, { text }) }, 'done');
}

/** Gives money from the house. */
export async function grant(exchange: Exchange, toAccountId: bigint, amount: bigint, note: string): Promise<void> {
  const value = create(wire.GrantSchema, { toAccountId, amount, note });
  await exchange.ask({ case: 'grant', value }, 'created');
}

/** Takes money back to the house, never more than is available. */
export async function clawBack(exchange: Exchange, fromAccountId: bigint, amount: bigint, note: string): Promise<void> {
  const value = create(wire.ClawBackSchema, { fromAccountId, amount, note });
  await exchange.ask({ case: 'clawBack', value }, 'created');
}

export interface NewInvitation {
  readonly name: string;
  readonly note: string;
  /** Ten-thousandths; undefined for the exchange's own starting cash. */
  readonly startingCash?: bigint;
  /** The own account of somebody who is here already and lost their key; they get another one and nothing more. */
  readonly forAccountId?: bigint;
}

/** Invites people, all or nobody; their tokens can be read in the reply and never again. */
export async function invite(exchange: Exchange, invitations: readonly NewInvitation[]): Promise<CreatedInvitation[]> {
  const value = create(wire.CreateInvitationsSchema, { invitations: [...invitations] });
  return (await exchange.ask({ case: 'createInvitations', value }, 'invitationsCreated')).invitations;
}

export async function revokeInvitation(exchange: Exchange, invitationId: bigint): Promise<void> {
  const value = create(wire.RevokeInvitationSchema, { invitationId });
  await exchange.ask({ case: 'revokeInvitation', value }, 'done');
}

export async function invitations(exchange: Exchange): Promise<Invitation[]> {
  const value = create(wire.ListInvitationsSchema);
  return (await exchange.ask({ case: 'listInvitations', value }, 'invitations')).invitations;
}

/** What users did while elevated, before a sequence (0 for the newest), newest first. */
export async function audit(exchange: Exchange, before: bigint, limit: number): Promise<Audit> {
  return exchange.ask({ case: 'getAudit', value: create(wire.GetAuditSchema, { page: { before, limit } }) }, 'audit');
}

const AUDIT_PAGE = 1000; // rows, as many as the exchange gives in one answer

/** What was granted under each note, less what was clawed back under it: cash by {@link grantKey}. Reads all of the audit. */
export async function grantedSoFar(exchange: Exchange): Promise<Map<string, bigint>> {
  const granted = new Map<string, bigint>();
  let before = 0n;
  for (;;) {
    const { rows, more, next } = await audit(exchange, before, AUDIT_PAGE);
    for (const { message } of rows.flatMap((row) => row.facts)) {
      const transfer = message.case === 'transferred' ? message.value.transfer : undefined;
      if (transfer?.kind === TransferKind.GRANT) book(transfer.toAccountId, transfer.note, transfer.amount);
      if (transfer?.kind === TransferKind.CLAW_BACK) book(transfer.fromAccountId, transfer.note, -transfer.amount);
    }
    if (!more) return granted;
    before = next;
  }

  function book(accountId: bigint, note: string, amount: bigint): void {
    const key = grantKey(accountId, note);
    granted.set(key, (granted.get(key) ?? 0n) + amount);
  }
}

/** The keys of everybody. */
export async function everybodysKeys(exchange: Exchange): Promise<ApiKey[]> {
  const value = create(wire.ListApiKeysSchema, { everybody: true });
  return (await exchange.ask({ case: 'listApiKeys', value }, 'apiKeys')).keys;
}

/** How the exchange is doing. */
export async function health(exchange: Exchange): Promise<Health> {
  return exchange.ask({ case: 'getHealth', value: create(wire.GetHealthSchema) }, 'health');
}
