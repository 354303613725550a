/**
 * The present as one client may see it, built from the feed by one writer: `State.apply`.
 *
 * What is kept is plain, so that a thousand facts a second cost a thousand assignments and nothing else. The page hears
 * of it through the `Pulse`: its `frame` grows at most once per animation frame, and whoever shows something reads it.
 */

import type { OwnOrder } from './book';
import { Market } from './market';
import { amend, cancel, loadBook, loadOwn, place, type OrderState, type OwnFill } from './orders';
import { Portfolio } from './portfolio';
import { Pulse } from './pulse.svelte';
import type {
  AccessChanged,
  Authenticated,
  Limits,
  MarketPosition,
  MarketUnsettled,
  Redeemed,
  ServerMessage,
  Snapshot
} from '#lib/gen/exchange/v1/server_pb.ts';
import {
  AccountKind,
  MarketStatus,
  Role,
  type Account,
  type Announcement,
  type Group,
  type Market as MarketMessage,
  type Portfolio as PortfolioMessage,
  type TransferRecord
} from '#lib/gen/exchange/v1/types_pb.ts';

const FILLS_KEPT = 500;
const TRANSFERS_KEPT = 1_000;
const ANNOUNCEMENTS_KEPT = 100;

export class State extends Pulse implements OrderState {
  userId = 0n;
  accountId = 0n;
  elevated = false;
  ownedAccountIds = new Set<bigint>();
  roles: Role[] = [];
  limits: Limits | null = null;
  serverVersion = '';
  developerServer = false;
  readonly accounts = new Map<bigint, Account>();
  readonly groups = new Map<bigint, Group>();
  readonly markets = new Map<bigint, Market>();
  readonly portfolios = new Map<bigint, Portfolio>();
  readonly orders = new Map<bigint, OwnOrder>();
  readonly fills: OwnFill[] = [];
  readonly transfers: TransferRecord[] = [];
  readonly announcements: Announcement[] = [];
  /** Facts applied since the page was opened. */
  facts = 0;
  /** Grows with every snapshot: what was held before is another object now. */
  epoch = 0;
  #houseId = 0n;
  readonly #fillListeners = new Set<(fill: OwnFill) => void>();
  readonly #announcementListeners = new Set<(announcement: Announcement) => void>();

  /** The acting account's portfolio; before the first sign-in there is none. */
  get portfolio(): Portfolio | null {
    return this.portfolios.get(this.accountId) ?? null;
  }

  get isAdmin(): boolean {
    return this.roles.includes(Role.ADMIN);
  }

  /** Whether requests are made for another account than the user's own: a sub-account, or anybody's while elevated. */
  get isActingForOther(): boolean {
    if (!this.accountId) return false;
    return !this.ownedAccountIds.has(this.accountId) || this.accounts.get(this.accountId)?.kind !== AccountKind.USER;
  }

  /** How an account is shown; 0 is somebody hidden. */
  accountName(accountId: bigint): string {
    if (!accountId) return 'hidden';
    return this.accounts.get(accountId)?.name ?? `account ${accountId}`;
  }

  listenToFills(listener: (fill: OwnFill) => void): () => void {
    this.#fillListeners.add(listener);
    return () => this.#fillListeners.delete(listener);
  }

  listenToAnnouncements(listener: (announcement: Announcement) => void): () => void {
    this.#announcementListeners.add(listener);
    return () => this.#announcementListeners.delete(listener);
  }

  /** Applies one message of the feed; false when its kind does not concern the state. */
  apply(message: ServerMessage): boolean {
    const { sequence, time, message: said } = message;
    switch (said.case) {
      case 'orderPlaced':
        place(this, said.value, sequence, time);
        break;
      case 'orderAmended':
        amend(this, said.value, sequence, time);
        break;
      case 'ordersCancelled':
        cancel(this, said.value);
        break;
      case 'redeemed':
        this.#redeemed(said.value);
        break;
      case 'marketCreated':
        this.#putMarket(said.value.market!);
        break;
      case 'marketEdited':
        this.markets.get(said.value.marketId)!.edit(said.value);
        break;
      case 'marketStatusChanged':
        this.markets.get(said.value.marketId)!.changeStatus(said.value.status, time);
        break;
      case 'marketSettled':
        this.#marketSettled(said.value.marketId, said.value.price, time);
        break;
      case 'marketUnsettled':
        this.#marketUnsettled(said.value, time);
        break;
      case 'groupChanged':
        this.groups.set(said.value.group!.groupId, said.value.group!);
        break;
      case 'announced':
        this.#announce(said.value.announcement!);
        break;
      case 'accountCreated':
        this.#accountCreated(said.value.account!);
        break;
      case 'accountRenamed':
        this.accounts.get(said.value.accountId)!.name = said.value.name;
        break;
      case 'accessChanged':
        this.#accessChanged(said.value);
        break;
      case 'transferred':
        this.#transferred(said.value.transfer!);
        break;
      case 'snapshot':
        this.#snapshot(said.value);
        return true;
      default:
        return false;
    }
    this.facts += 1;
    return true;
  }

  // Who we are.

  identify(message: Authenticated): void {
    this.userId = message.userId;
    this.roles = message.roles;
    this.limits = message.limits ?? null;
    this.serverVersion = message.serverVersion;
    this.developerServer = message.developerServer;
    this.changeView(message.accountId, false, message.ownedAccountIds);
  }

  /** Acts as another account or with other powers; forgets accounts and markets that are no longer ours to see. */
  changeView(
    accountId: bigint,
    elevated: boolean,
    ownedAccountIds: readonly bigint[],
    goneMarketIds: readonly bigint[] = []
  ): void {
    for (const marketId of goneMarketIds) this.#loseMarket(marketId);
    this.accountId = accountId;
    this.elevated = elevated;
    this.ownedAccountIds = new Set(ownedAccountIds);
    for (const id of [...this.portfolios.keys()]) {
      if (id === accountId || this.ownedAccountIds.has(id)) continue;
      this.portfolios.delete(id);
      this.#forgetOrders(id);
    }
  }

  onFill(fill: OwnFill): void {
    this.fills.push(fill);
    if (this.fills.length > FILLS_KEPT) this.fills.shift();
    for (const listener of this.#fillListeners) listener(fill);
  }

  // Snapshots.

  #snapshot(part: Snapshot): void {
    if (part.first) {
      this.#forget();
      this.epoch += 1;
    }
    for (const account of part.accounts) this.#putAccount(account);
    for (const group of part.groups) this.groups.set(group.groupId, group);
    for (const market of part.markets) this.#clearBook(this.#putMarket(market)); // its orders follow
    for (const book of part.books) loadBook(this, book);
    for (const portfolio of part.portfolios) this.#loadPortfolio(portfolio);
    for (const held of part.positions) this.#loadPosition(held);
    loadOwn(this, part.ownOrders);
    this.transfers.push(...part.transfers);
    this.announcements.push(...part.announcements);
  }

  #forget(): void {
    for (const known of [this.accounts, this.groups, this.markets, this.portfolios, this.orders]) known.clear();
    this.transfers.length = this.announcements.length = 0;
  }

  #loadPortfolio(message: PortfolioMessage): void {
    const portfolio = new Portfolio(message.accountId);
    portfolio.cash = message.cash;
    this.portfolios.set(message.accountId, portfolio);
    this.#forgetOrders(message.accountId);
    for (const held of message.positions) {
      const position = portfolio.position(this.markets.get(held.marketId)!);
      position.size = held.size;
      position.cost = held.cost;
      position.cashFlow = held.cashFlow;
      position.refresh();
    }
  }

  /** One of a portfolio that is known, in a market that was shown anew; its resting orders follow. */
  #loadPosition({ accountId, position: held }: MarketPosition): void {
    const portfolio = this.portfolios.get(accountId);
    if (!portfolio || !held) return;
    const position = portfolio.position(this.markets.get(held.marketId)!);
    position.clear();
    position.size = held.size;
    position.cost = held.cost;
    position.cashFlow = held.cashFlow;
    position.refresh();
  }

  #clearBook(market: Market): void {
    for (const orderId of market.book.orders.keys()) this.orders.delete(orderId);
    market.book.clear();
  }

  #loseMarket(marketId: bigint): void {
    const market = this.markets.get(marketId);
    if (!market) return;
    this.#clearBook(market);
    this.markets.delete(marketId);
    for (const portfolio of this.portfolios.values()) portfolio.forget(market);
  }

  #forgetOrders(accountId: bigint): void {
    for (const [orderId, order] of this.orders) if (order.accountId === accountId) this.orders.delete(orderId);
  }

  // Markets.

  #putMarket(message: MarketMessage): Market {
    let market = this.markets.get(message.marketId);
    if (!market) {
      market = new Market(message.marketId);
      this.markets.set(message.marketId, market);
    }
    market.define(message);
    return market;
  }

  #marketSettled(marketId: bigint, price: bigint, time: bigint): void {
    const market = this.markets.get(marketId)!;
    market.settlementPrice = price;
    this.#clearBook(market);
    for (const portfolio of this.portfolios.values()) portfolio.settle(market, price);
    market.changeStatus(MarketStatus.SETTLED, time);
  }

  #marketUnsettled(fact: MarketUnsettled, time: bigint): void {
    const market = this.markets.get(fact.marketId)!;
    const price = market.settlementPrice;
    market.settlementPrice = 0n;
    market.changeStatus(MarketStatus.HALTED, time);
    for (const restored of fact.positions) {
      this.portfolios.get(restored.accountId)?.position(market).unsettle(restored.size, restored.cost, price);
    }
  }

  #redeemed(fact: Redeemed): void {
    const fund = this.markets.get(fact.marketId)!;
    const legs = [{ market: fund, size: -fact.size, mark: fact.mark }];
    fund.constituents.forEach(({ marketId, multiplier }, at) => {
      const mark = fact.constituentMarks[at]!;
      legs.push({ market: this.markets.get(marketId)!, size: fact.size * multiplier, mark });
    });
    for (const [accountId, sign] of [
      [fact.accountId, 1n],
      [this.#houseId, -1n]
    ] as const) {
      const portfolio = this.portfolios.get(accountId);
      if (!portfolio) continue;
      portfolio.cash -= sign * fact.fee;
      portfolio.position(fund).cashFlow -= sign * fact.fee;
      for (const { market, size, mark } of legs) {
        const position = portfolio.position(market);
        position.trade(sign * size, mark);
        position.refresh();
      }
    }
    for (const { market } of legs) market.edits += 1;
  }

  // Accounts.

  #putAccount(account: Account): void {
    this.accounts.set(account.accountId, account);
    if (account.kind === AccountKind.HOUSE) this.#houseId = account.accountId;
  }

  /** A new account has nothing, so nobody needs to tell us what it has. */
  #accountCreated(account: Account): void {
    this.#putAccount(account);
    if (!account.ownerUserIds.includes(this.userId)) return;
    this.ownedAccountIds.add(account.accountId);
    this.portfolios.set(account.accountId, new Portfolio(account.accountId));
  }

  #accessChanged(fact: AccessChanged): void {
    const account = this.accounts.get(fact.accountId)!;
    const others = account.ownerUserIds.filter((userId) => userId !== fact.userId);
    account.ownerUserIds = fact.owner ? [...others, fact.userId] : others;
  }

  #transferred(transfer: TransferRecord): void {
    this.transfers.push(transfer);
    if (this.transfers.length > TRANSFERS_KEPT) this.transfers.shift();
    const sender = this.portfolios.get(transfer.fromAccountId);
    const recipient = this.portfolios.get(transfer.toAccountId);
    if (sender) sender.cash -= transfer.amount;
    if (recipient) recipient.cash += transfer.amount;
  }

  #announce(announcement: Announcement): void {
    this.announcements.push(announcement);
    if (this.announcements.length > ANNOUNCEMENTS_KEPT) this.announcements.shift();
    for (const listener of this.#announcementListeners) listener(announcement);
  }
}
