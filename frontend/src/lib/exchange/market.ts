/** One market as the page sees it: its definition, where it stands, its book and its latest trades. */

import { Book, type Side } from './book';
import { MarketStatus, type Market as MarketMessage, type Constituent } from '#lib/gen/exchange/v1/types_pb.ts';
import type { MarketEdited } from '#lib/gen/exchange/v1/server_pb.ts';

const TRADES_KEPT = 5_000; // older ones are history, asked for page by page
const TRADES_SLACK = 1_000; // cut in one go, so that cutting costs nothing

export interface Trade {
  readonly sequence: bigint;
  readonly index: number;
  readonly time: bigint;
  readonly price: bigint;
  readonly size: bigint;
  readonly takerSide: Side;
  readonly takerAccountId: bigint;
  readonly makerAccountId: bigint;
}

/** When a market changed its status, as far as this page has seen it. */
export interface StatusChange {
  readonly time: bigint;
  readonly status: MarketStatus;
}

export class Market {
  name = '';
  description = '';
  groupId = 0n;
  ownerAccountId = 0n;
  low = 0n;
  high = 0n;
  status: MarketStatus = MarketStatus.UNSPECIFIED;
  pinned = false;
  restricted = false;
  anonymous = false;
  ranked = false;
  /** Restricted, and seen only because of a position held there: neither book nor trades are shown. */
  onlyHeld = false;
  /** Who may see a restricted market, as far as the exchange tells: organisers only. */
  readonly viewerAccountIds = new Set<bigint>();
  positionLimit = 0n;
  opensAt = 0n;
  closesAt = 0n;
  createdAt = 0n;
  redeemFee = 0n;
  constituents: Constituent[] = [];
  settlementPrice = 0n;
  lastPrice = 0n;
  lastSize = 0n;
  lastTime = 0n;
  readonly book = new Book();
  readonly trades: Trade[] = []; // oldest first
  readonly statuses: StatusChange[] = [];
  edits = 0;
  #tradeSequence = 0n;
  #tradeCount = 0;

  constructor(readonly marketId: bigint) {}

  /** Grows with everything that happens in this market. */
  get version(): number {
    return this.book.version + this.edits;
  }

  get isFund(): boolean {
    return this.constituents.length > 0;
  }

  get isSettled(): boolean {
    return this.status === MarketStatus.SETTLED;
  }

  get isOpen(): boolean {
    return this.status === MarketStatus.OPEN;
  }

  get hasTraded(): boolean {
    return this.lastTime !== 0n;
  }

  /** What a position is valued at: settlement price, else last trade, else the middle of the bounds, rounded down. */
  get mark(): bigint {
    if (this.isSettled) return this.settlementPrice;
    if (this.hasTraded) return this.lastPrice;
    return (this.low + this.high) >> 1n;
  }

  /** Takes over everything a definition says. Its orders follow. */
  define(message: MarketMessage): void {
    this.name = message.name;
    this.description = message.description;
    this.groupId = message.groupId;
    this.ownerAccountId = message.ownerAccountId;
    this.low = message.low;
    this.high = message.high;
    this.pinned = message.pinned;
    this.restricted = message.restricted;
    this.anonymous = message.anonymous;
    this.ranked = message.ranked;
    this.onlyHeld = message.onlyHeld;
    this.positionLimit = message.positionLimit;
    this.viewerAccountIds.clear();
    for (const accountId of message.viewerAccountIds) this.viewerAccountIds.add(accountId);
    this.opensAt = message.opensAt;
    this.closesAt = message.closesAt;
    this.createdAt = message.createdAt;
    this.redeemFee = message.redeemFee;
    this.constituents = message.constituents;
    this.settlementPrice = message.settlementPrice;
    this.lastPrice = message.lastTradePrice;
    this.lastSize = message.lastTradeSize;
    this.lastTime = message.lastTradeTime;
    this.status = message.status;
    this.edits += 1;
  }

  /** Takes over what is present; the rest stayed. */
  edit(fact: MarketEdited): void {
    this.name = fact.name ?? this.name;
    this.description = fact.description ?? this.description;
    this.groupId = fact.groupId ?? this.groupId;
    this.pinned = fact.pinned ?? this.pinned;
    this.restricted = fact.restricted ?? this.restricted;
    this.anonymous = fact.anonymous ?? this.anonymous;
    this.ranked = fact.ranked ?? this.ranked;
    this.positionLimit = fact.positionLimit ?? this.positionLimit;
    this.opensAt = fact.opensAt ?? this.opensAt;
    this.closesAt = fact.closesAt ?? this.closesAt;
    this.redeemFee = fact.redeemFee ?? this.redeemFee;
    for (const accountId of fact.addedViewerAccountIds) this.viewerAccountIds.add(accountId);
    for (const accountId of fact.removedViewerAccountIds) this.viewerAccountIds.delete(accountId);
    this.edits += 1;
  }

  changeStatus(status: MarketStatus, time: bigint): void {
    this.status = status;
    this.statuses.push({ time, status });
    this.edits += 1;
  }

  /** Books a trade as the last one. A batch has several facts at one sequence, so trades are counted through it. */
  recordTrade(trade: Omit<Trade, 'index'>): void {
    if (trade.sequence !== this.#tradeSequence) {
      this.#tradeSequence = trade.sequence;
      this.#tradeCount = 0;
    }
    this.trades.push({ ...trade, index: this.#tradeCount++ });
    if (this.trades.length > TRADES_KEPT + TRADES_SLACK) this.trades.splice(0, this.trades.length - TRADES_KEPT);
    this.lastPrice = trade.price;
    this.lastSize = trade.size;
    this.lastTime = trade.time;
  }
}
