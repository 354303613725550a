/** What the tests of this folder share: facts and frames as the exchange would send them. */

import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { State } from './state.svelte';
import {
  ServerFrameSchema,
  ServerMessageSchema,
  type ServerFrame,
  type ServerMessage
} from '#lib/gen/exchange/v1/server_pb.ts';
import { AccountKind, MarketStatus } from '#lib/gen/exchange/v1/types_pb.ts';

type Init = MessageInitShape<typeof ServerMessageSchema>;
type Said = NonNullable<Init['message']>;

export const ADA = 10n;
export const BOB = 20n;
export const HOUSE = 1n;
export const RAIN = 5n;
export const CASH = 1_000_000n; // 100.00 in ten-thousandths

export const said = (message: Said, sequence = 1n, requestId = 0n): ServerMessage =>
  create(ServerMessageSchema, { requestId, sequence, time: sequence * 1_000_000_000n, message } as Init);

export const frame = (messages: ServerMessage[], completeThrough = 0n): ServerFrame =>
  create(ServerFrameSchema, { messages, completeThrough, completeTime: completeThrough * 1_000_000_000n });

/** A market from 10 to 20, two users, and nothing in the book. */
export const snapshot = (): Said => ({
  case: 'snapshot',
  value: {
    first: true,
    accounts: [
      { accountId: HOUSE, name: 'House', kind: AccountKind.HOUSE },
      { accountId: ADA, name: 'Ada', kind: AccountKind.USER, ownerUserIds: [1n] },
      { accountId: BOB, name: 'Bob', kind: AccountKind.USER }
    ],
    markets: [{ marketId: RAIN, name: 'Rain', low: 1000n, high: 2000n, status: MarketStatus.OPEN }],
    portfolios: [{ accountId: ADA, cash: CASH, available: CASH }]
  }
});

export const authenticated = (extra: object = {}): Said => ({
  case: 'authenticated',
  value: {
    userId: 1n,
    accountId: ADA,
    ownedAccountIds: [ADA],
    exchangeId: new Uint8Array([1]),
    view: new Uint8Array([2]),
    serverTime: 1_000_000_000n,
    ...extra
  }
});

interface Order {
  readonly id: bigint;
  readonly account?: bigint;
  readonly side: 1 | 2;
  readonly price: bigint;
  readonly size: bigint;
  readonly remaining?: bigint;
  readonly fills?: { orderId: bigint; accountId: bigint; size: bigint; price: bigint }[];
  readonly reductions?: { orderId: bigint; size: bigint }[];
}

export const placed = ({ id, account = BOB, size, remaining = size, ...rest }: Order): Said => ({
  case: 'orderPlaced',
  value: { marketId: RAIN, orderId: id, accountId: account, size, remaining, ...rest }
});

/** Ada's state after a snapshot; what is shown is brought up to date at once. */
export function adasState(): State {
  const state = new State(
    (show) => show(),
    (show) => show()
  );
  state.userId = 1n;
  state.changeView(ADA, false, [ADA]);
  state.apply(said(snapshot()));
  return state;
}
