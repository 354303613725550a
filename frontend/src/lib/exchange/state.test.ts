import { describe, expect, test } from 'vitest';
import { State } from './state.svelte';
import { ADA, BOB, CASH, HOUSE, RAIN, adasState, placed, said, snapshot } from './testing';
import { AccountKind, CancelReason, MarketStatus, TransferKind } from '#lib/gen/exchange/v1/types_pb.ts';

const BUY = 1;
const SELL = 2;

const market = (state: State) => state.markets.get(RAIN)!;
const held = (state: State) => state.portfolio!.position(market(state));

describe('orders', () => {
  test('a resting order is in the book and holds funds back', () => {
    const state = adasState();
    state.apply(said(placed({ id: 1n, account: ADA, side: BUY, price: 1500n, size: 100n })));
    expect(market(state).book.bids.best).toEqual({ price: 1500n, size: 100n, orders: 1 });
    expect([...state.orders.keys()]).toEqual([1n]);
    expect(state.portfolio!.available).toBe(CASH - 50_000n); // 1 × (15 − 10)
  });

  test('both sides of the rules’ example leave 95 together', () => {
    const state = adasState();
    state.apply(said(placed({ id: 1n, account: ADA, side: BUY, price: 1500n, size: 100n })));
    state.apply(said(placed({ id: 2n, account: ADA, side: SELL, price: 1500n, size: 100n })));
    expect(state.portfolio!.available).toBe(950_000n);
  });

  test('a fill as maker moves cash, position and book, and is told', () => {
    const state = adasState();
    const heard: [bigint, boolean][] = [];
    state.listenToFills((fill) => heard.push([fill.size, fill.isMaker]));
    state.apply(said(placed({ id: 1n, account: ADA, side: SELL, price: 1500n, size: 100n })));
    const fills = [{ orderId: 1n, accountId: ADA, size: 40n, price: 1500n }];
    state.apply(said(placed({ id: 2n, side: BUY, price: 1600n, size: 40n, remaining: 0n, fills }), 2n));
    expect(heard).toEqual([[40n, true]]);
    expect([held(state).size, held(state).cost, state.portfolio!.cash]).toEqual([-40n, -60_000n, CASH + 60_000n]);
    expect(state.orders.get(1n)!.remaining).toBe(60n);
    expect([market(state).lastPrice, market(state).lastSize]).toEqual([1500n, 40n]);
    expect(
      market(state).trades.map((trade) => [trade.sequence, trade.index, trade.takerAccountId, trade.makerAccountId])
    ).toEqual([[2n, 0, BOB, ADA]]);
  });

  test('trades of one sequence are counted through it, over several facts', () => {
    const state = adasState();
    for (const id of [1n, 2n]) state.apply(said(placed({ id, side: SELL, price: 1500n, size: 10n })));
    for (const id of [1n, 2n]) {
      const fills = [{ orderId: id, accountId: BOB, size: 10n, price: 1500n }];
      state.apply(
        said(placed({ id: id + 10n, account: ADA, side: BUY, price: 1500n, size: 10n, remaining: 0n, fills }), 3n)
      );
    }
    expect(market(state).trades.map((trade) => trade.index)).toEqual([0, 1]);
  });

  test('an amendment that keeps its place only shrinks; another one goes to the end', () => {
    const state = adasState();
    for (const [id, account] of [
      [1n, ADA],
      [2n, BOB]
    ] as const) {
      state.apply(said(placed({ id, account, side: BUY, price: 1500n, size: 100n })));
    }
    const amended = (price: bigint, size: bigint, keptPlace: boolean) =>
      said({
        case: 'orderAmended',
        value: { marketId: RAIN, orderId: 1n, accountId: ADA, price, size, remaining: size, keptPlace, side: BUY }
      });
    state.apply(amended(1500n, 60n, true));
    expect(
      market(state)
        .book.queue(BUY, 1500n)
        .map((order) => order.orderId)
    ).toEqual([1n, 2n]);
    expect([held(state).bidSize, held(state).bidValue]).toEqual([60n, 90_000n]);
    state.apply(amended(1500n, 70n, false));
    expect(
      market(state)
        .book.queue(BUY, 1500n)
        .map((order) => order.orderId)
    ).toEqual([2n, 1n]);
    expect([held(state).bidSize, state.orders.get(1n)!.size]).toEqual([70n, 70n]);
  });

  test('a prevented trade with oneself takes the order away without money', () => {
    const state = adasState();
    state.apply(said(placed({ id: 1n, account: ADA, side: SELL, price: 1500n, size: 100n })));
    const reductions = [{ orderId: 1n, size: 100n }];
    state.apply(said(placed({ id: 2n, account: ADA, side: BUY, price: 1500n, size: 50n, reductions })));
    expect([[...state.orders.keys()], state.portfolio!.cash, held(state).offerSize]).toEqual([[2n], CASH, 0n]);
  });

  test('cancelled orders give their funds back', () => {
    const state = adasState();
    state.apply(said(placed({ id: 1n, account: ADA, side: BUY, price: 1500n, size: 100n })));
    state.apply(
      said({
        case: 'ordersCancelled',
        value: { marketId: RAIN, orderIds: [1n], reason: CancelReason.REQUESTED, accountId: ADA }
      })
    );
    expect([state.orders.size, market(state).book.orders.size, state.portfolio!.available]).toEqual([0, 0, CASH]);
  });

  test('orders of hidden accounts are nobody’s', () => {
    const state = adasState();
    state.apply(said(placed({ id: 1n, account: 0n, side: BUY, price: 1500n, size: 100n })));
    expect([state.orders.size, state.accountName(0n), market(state).book.orders.size]).toEqual([0, 'hidden', 1]);
  });
});

describe('settlement and funds', () => {
  function shortAt1500(): State {
    const state = adasState();
    state.apply(said(placed({ id: 1n, account: ADA, side: SELL, price: 1500n, size: 100n })));
    const fills = [{ orderId: 1n, accountId: ADA, size: 100n, price: 1500n }];
    state.apply(said(placed({ id: 2n, side: BUY, price: 1500n, size: 150n, remaining: 50n, fills })));
    return state;
  }

  test('a settlement turns positions into cash and ends every order; undone, all is as it was', () => {
    const state = shortAt1500();
    const before = [state.portfolio!.cash, held(state).size, held(state).cost, held(state).cashFlow];
    state.apply(said({ case: 'marketSettled', value: { marketId: RAIN, price: 1200n } }));
    expect([state.portfolio!.cash, held(state).size, market(state).book.orders.size]).toEqual([CASH + 30_000n, 0n, 0]);
    expect([market(state).isSettled, market(state).mark]).toEqual([true, 1200n]);
    state.apply(
      said({
        case: 'marketUnsettled',
        value: { marketId: RAIN, positions: [{ accountId: ADA, size: -100n, cost: -150_000n }] }
      })
    );
    expect([state.portfolio!.cash, held(state).size, held(state).cost, held(state).cashFlow]).toEqual(before);
    expect(market(state).status).toBe(MarketStatus.HALTED);
  });

  test('redeeming swaps a fund for what it holds, for its fee', () => {
    const state = adasState();
    const fund = {
      marketId: 6n,
      name: 'Fund',
      low: 2000n,
      high: 4000n,
      status: MarketStatus.OPEN,
      constituents: [{ marketId: RAIN, multiplier: 2n }]
    };
    state.apply(said({ case: 'marketCreated', value: { market: fund } }));
    state.apply(
      said({
        case: 'redeemed',
        value: { marketId: 6n, accountId: ADA, size: 10n, fee: 5n, mark: 3000n, constituentMarks: [1500n] }
      })
    );
    const positions = state.portfolio!.positions;
    expect([positions.get(6n)!.size, positions.get(RAIN)!.size, state.portfolio!.cash]).toEqual([-10n, 20n, CASH - 5n]);
    expect(positions.get(6n)!.cashFlow + positions.get(RAIN)!.cashFlow).toBe(-5n);
  });
});

describe('the rest', () => {
  test('edits change what they name, transfers move money, new accounts begin with nothing', () => {
    const state = adasState();
    state.apply(said({ case: 'marketEdited', value: { marketId: RAIN, name: 'Snow', pinned: true } }));
    expect([market(state).name, market(state).pinned, market(state).high]).toEqual(['Snow', true, 2000n]);
    const transfer = { transferId: 1n, kind: TransferKind.GRANT, fromAccountId: HOUSE, toAccountId: ADA, amount: 7n };
    state.apply(said({ case: 'transferred', value: { transfer } }));
    expect(state.portfolio!.cash).toBe(CASH + 7n);
    state.apply(
      said({
        case: 'accountCreated',
        value: { account: { accountId: 30n, name: 'Sub', kind: AccountKind.SUB, ownerUserIds: [1n] } }
      })
    );
    expect([state.portfolios.get(30n)?.cash, state.ownedAccountIds.has(30n)]).toEqual([0n, true]);
  });

  test('what is no longer ours to see is forgotten with the view', () => {
    const state = adasState();
    state.apply(said(placed({ id: 1n, account: ADA, side: BUY, price: 1500n, size: 100n })));
    state.changeView(30n, false, [30n]);
    expect([state.portfolios.size, state.orders.size, state.portfolio]).toEqual([0, 0, null]);
  });

  test('a market that may not be seen any more is forgotten with all that was held in it, and comes back whole', () => {
    const state = adasState();
    state.apply(said(placed({ id: 1n, account: ADA, side: BUY, price: 1500n, size: 100n })));
    state.changeView(ADA, false, [ADA], [RAIN]);
    expect([state.markets.size, state.orders.size, state.portfolio!.available]).toEqual([0, 0, CASH]);
    const order = { orderId: 1n, marketId: RAIN, side: BUY, price: 1500n, size: 100n, remaining: 100n };
    const again = {
      markets: [{ marketId: RAIN, name: 'Rain', low: 1000n, high: 2000n, status: MarketStatus.OPEN, anonymous: true }],
      books: [{ marketId: RAIN, orders: [order] }],
      positions: [{ accountId: ADA, position: { marketId: RAIN, size: 10n, cost: 15_000n, cashFlow: -15_000n } }],
      ownOrders: [{ ...order, accountId: ADA }]
    };
    for (let time = 0; time < 2; time += 1) state.apply(said({ case: 'snapshot', value: again })); // twice is no more
    expect([held(state).size, held(state).bidSize, state.orders.size, market(state).book.bids.best!.size]).toEqual([
      10n,
      100n,
      1,
      100n
    ]);
  });

  test('a snapshot replaces everything', () => {
    const state = adasState();
    state.apply(said(placed({ id: 1n, account: ADA, side: BUY, price: 1500n, size: 100n })));
    const before = market(state);
    state.apply(said(snapshot()));
    expect(market(state)).not.toBe(before);
    expect([market(state).book.orders.size, state.orders.size, state.portfolio!.available]).toEqual([0, 0, CASH]);
  });

  test('messages it does not know change nothing', () => {
    expect(adasState().apply(said({ case: 'heartbeat', value: {} }))).toBe(false);
  });

  test('a thousand facts are shown once', () => {
    const shows: (() => void)[] = [];
    const state = new State((show) => shows.push(show));
    for (let at = 0; at < 1000; at += 1) state.changed();
    expect(shows).toHaveLength(1);
    shows[0]!();
    state.changed();
    expect([state.frame, shows.length]).toEqual([1, 2]);
  });
});
