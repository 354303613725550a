/** What somebody asks for about their own accounts. Each rejects with Refused when the exchange will not. */

import { create } from '@bufbuild/protobuf';
import type { Exchange } from './exchange';
import * as wire from '#lib/gen/exchange/v1/client_pb.ts';
import type { ApiKey, ApiKeyCreated, Leaderboard, Transfers } from '#lib/gen/exchange/v1/server_pb.ts';
import type { KeyScope } from '#lib/gen/exchange/v1/types_pb.ts';

export async function createAccount(exchange: Exchange, name: string): Promise<bigint> {
  const value = create(wire.CreateAccountSchema, { name });
  return (await exchange.ask({ case: 'createAccount', value }, 'created')).id;
}

export async function renameAccount(exchange: Exchange, accountId: bigint, name: string): Promise<void> {
  const value = create(wire.RenameAccountSchema, { accountId, name });
  await exchange.ask({ case: 'renameAccount', value }, 'done');
}

/** Makes the user whose own account `withAccountId` is an owner of a sub-account. */
export async function shareAccount(exchange: Exchange, accountId: bigint, withAccountId: bigint): Promise<void> {
  const value = create(wire.ShareAccountSchema, { accountId, withAccountId });
  await exchange.ask({ case: 'shareAccount', value }, 'done');
}

/** Takes a sub-account from the user whose own account `fromAccountId` is: oneself, or anybody while elevated. */
export async function revokeAccess(exchange: Exchange, accountId: bigint, fromAccountId: bigint): Promise<void> {
  const value = create(wire.RevokeAccessSchema, { accountId, fromAccountId });
  await exchange.ask({ case: 'revokeAccess', value }, 'done');
}

export interface Payment {
  readonly fromAccountId: bigint;
  readonly toAccountId: bigint;
  readonly amount: bigint;
  readonly note: string;
}

export async function transfer(exchange: Exchange, payment: Payment): Promise<void> {
  await exchange.ask({ case: 'transfer', value: create(wire.TransferSchema, payment) }, 'created');
}

/** Movements of the acting account before a sequence (0 for the newest), newest first. */
export async function transfersBefore(exchange: Exchange, before: bigint, limit: number): Promise<Transfers> {
  const value = create(wire.GetTransfersSchema, { page: { before, limit } });
  return exchange.ask({ case: 'getTransfers', value }, 'transfers');
}

export interface NewKey {
  readonly accountId: bigint;
  readonly scope: KeyScope;
  readonly expiresAt: bigint;
  readonly label: string;
}

/** Makes a key; what it is can be read in the reply and never again. */
export async function createKey(exchange: Exchange, terms: NewKey): Promise<ApiKeyCreated> {
  return exchange.ask({ case: 'createApiKey', value: create(wire.CreateApiKeySchema, terms) }, 'apiKeyCreated');
}

export async function revokeKey(exchange: Exchange, keyId: bigint): Promise<void> {
  await exchange.ask({ case: 'revokeApiKey', value: create(wire.RevokeApiKeySchema, { keyId }) }, 'done');
}

/** One's own keys. */
export async function keys(exchange: Exchange): Promise<ApiKey[]> {
  return (await exchange.ask({ case: 'listApiKeys', value: create(wire.ListApiKeysSchema) }, 'apiKeys')).keys;
}

export async function leaderboard(exchange: Exchange): Promise<Leaderboard> {
  return exchange.ask({ case: 'getLeaderboard', value: create(wire.GetLeaderboardSchema) }, 'leaderboard');
}
