import { fromBinary } from '@bufbuild/protobuf';
import { beforeEach, describe, expect, test } from 'vitest';
import { ServerClock } from './clock';
import { ComeBackLater, Refused } from './errors';
import { Outbox, type Asked } from './outbox';
import { Session } from './session';
import { State } from './state.svelte';
import { ADA, RAIN, authenticated, frame, placed, said, snapshot } from './testing';
import { ClientFrameSchema, type ClientMessage } from '#lib/gen/exchange/v1/client_pb.ts';
import { RefusalCode } from '#lib/gen/exchange/v1/types_pb.ts';

let state: State;
let outbox: Outbox;
let session: Session;
let now = 0;

beforeEach(() => {
  now = 0;
  state = new State(
    (show) => show(),
    (show) => show()
  );
  outbox = new Outbox();
  const monotonic = (): number => now;
  session = new Session(state, outbox, new ServerClock(monotonic), monotonic, new Uint8Array(16).fill(7));
});

function sent(): ClientMessage[] {
  const messages: ClientMessage[] = [];
  for (let bytes = session.outgoing(); bytes; bytes = session.outgoing()) {
    messages.push(...fromBinary(ClientFrameSchema, bytes).messages);
  }
  return messages;
}

const kinds = (): (string | undefined)[] => sent().map((message) => message.request.case);
const cancelAll: Asked = {
  case: 'cancelOrders',
  value: { $typeName: 'exchange.v1.CancelOrders', marketId: RAIN, side: 0 }
};
const ready = said({ case: 'ready', value: { sequence: 1n } });

/** Signs in with a snapshot, and takes the first ping out of the way. */
function signIn(): void {
  session.hello('dev:ada');
  sent();
  session.receive(frame([said(authenticated()), said(snapshot()), ready], 1n));
  const [ping] = sent();
  session.receive(frame([said({ case: 'pong', value: { serverTime: 1n } }, 1n, ping!.requestId)]));
}

describe('signing in', () => {
  test('a snapshot is shown only when it is whole', () => {
    session.hello('dev:ada');
    session.receive(frame([said(authenticated()), said(snapshot())]));
    expect([session.phase, state.markets.size]).toEqual(['catching-up', 0]);
    session.receive(frame([said(placed({ id: 1n, side: 1, price: 1500n, size: 5n })), ready], 2n));
    expect([session.phase, state.markets.size, state.accountId]).toEqual(['live', 1, ADA]);
    expect(state.markets.get(RAIN)!.book.orders.size).toBe(1);
  });

  test('a token that is not accepted ends it; being busy does not', () => {
    session.hello('nonsense');
    const refusal = (code: RefusalCode) =>
      frame([said({ case: 'refusal', value: { code, message: 'no', retryAfterMs: 500 } })]);
    expect(() => session.receive(refusal(RefusalCode.NOT_AUTHENTICATED))).toThrow(Refused);
    expect(() => session.receive(refusal(RefusalCode.PACE))).toThrow(ComeBackLater);
  });
});

test('an invitation that was accepted becomes a key', () => {
  let kept = '';
  const monotonic = (): number => now;
  const clock = new ServerClock(monotonic);
  session = new Session(
    state,
    outbox,
    clock,
    monotonic,
    new Uint8Array(16),
    () => 'Ada',
    (key) => (kept = key)
  );
  session.hello('invitation');
  const request = sent()[0]!.request;
  expect(request.case === 'authenticate' && request.value.name).toBe('Ada');
  session.receive(frame([said(authenticated({ key: 'exk_1' }))]));
  expect(kept).toBe('exk_1');
});

describe('after a drop', () => {
  test('it resumes from what is completely known, and says which view that was', () => {
    signIn();
    session.receive(frame([said(placed({ id: 1n, side: 1, price: 1500n, size: 5n }), 2n)], 2n));
    session.dropped();
    session.hello('dev:ada');
    const request = sent()[0]!.request;
    expect(request.case === 'authenticate' && request.value.resume).toMatchObject({
      sequence: 2n,
      time: 2_000_000_000n,
      exchangeId: new Uint8Array([1]),
      view: new Uint8Array([2])
    });
    const resumed = said({ case: 'resumed', value: { after: 2n } });
    session.receive(
      frame([said(authenticated()), resumed, said(placed({ id: 2n, side: 1, price: 1500n, size: 5n }), 3n), ready], 3n)
    );
    expect([session.phase, session.resumed, session.caughtUp]).toEqual(['live', true, 1]);
    expect(state.markets.get(RAIN)!.book.orders.size).toBe(2);
  });

  test('a state that is ahead of the last complete sequence is not resumed: it would be told things twice', () => {
    signIn();
    session.receive(frame([said(placed({ id: 1n, side: 1, price: 1500n, size: 5n }), 2n)]));
    session.dropped();
    session.hello('dev:ada');
    const request = sent()[0]!.request;
    expect(request.case === 'authenticate' && request.value.resume).toBeUndefined();
  });

  test('unanswered requests are sent again, the same id and the same bytes, and answered once', async () => {
    signIn();
    const answer = outbox.submit(cancelAll, 77n);
    const [first] = sent();
    session.dropped();
    session.hello('dev:ada');
    expect(kinds()).toEqual(['authenticate']);
    session.receive(frame([said(authenticated()), said(snapshot()), ready], 5n));
    const again = sent().filter((message) => message.request.case === 'cancelOrders');
    expect(again).toEqual([first]);
    session.receive(frame([said({ case: 'cancelResult', value: { orderIds: [4n] } }, 6n, first!.requestId)]));
    expect((await answer).message.case).toBe('cancelResult');
    expect(outbox.waiting).toBe(0);
  });

  test('the account and the powers come back before anything is sent again', () => {
    signIn();
    session.receive(
      frame([said({ case: 'viewChanged', value: { accountId: 30n, elevated: true, ownedAccountIds: [ADA] } })], 2n)
    );
    void outbox.submit(cancelAll, 0n);
    session.dropped();
    session.hello('dev:ada');
    sent();
    session.receive(frame([said(authenticated()), said(snapshot()), ready], 3n));
    expect(session.phase).toBe('restoring');
    const asked = sent();
    expect(asked.map((message) => message.request.case)).toEqual(['setElevated', 'actAs']);
    for (const { requestId } of asked) session.receive(frame([said({ case: 'done', value: {} }, 3n, requestId)]));
    expect([session.phase, kinds()]).toEqual(['live', ['ping', 'cancelOrders']]);
  });

  test('a server that drains is not asked any more, and what it did not decide is asked again', async () => {
    signIn();
    const answer = outbox.submit(cancelAll, 0n);
    const [asked] = sent();
    const notice = said({ case: 'serverNotice', value: { kind: 1, reconnectAfterMs: 500 } });
    const draining = said({ case: 'refusal', value: { code: RefusalCode.DRAINING } }, 1n, asked!.requestId);
    session.receive(frame([notice, draining]));
    outbox.submit(cancelAll, 0n).catch(() => undefined);
    expect([kinds(), session.reconnectAfter, outbox.waiting]).toEqual([[], 500, 2]);
    const error = new Error('gone');
    outbox.fail(error);
    await expect(answer).rejects.toBe(error);
  });
});

test('a ping that is not answered grows old', () => {
  signIn();
  session.ping();
  now = 20_000;
  expect([kinds(), session.pingAge]).toEqual([['ping'], 20_000]);
});

test('a market that is shown anew says nothing of how late news are', () => {
  signIn();
  now = 60_000;
  const clock = (session as unknown as { clock: ServerClock }).clock;
  const before = clock.lag;
  const view = said({ case: 'viewChanged', value: { accountId: ADA, elevated: true, ownedAccountIds: [ADA] } });
  session.receive(frame([said(snapshot()), view], 2n));
  expect(clock.lag).toBe(before);
});
