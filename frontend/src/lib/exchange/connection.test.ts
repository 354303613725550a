import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { ServerClock } from './clock';
import { Connections, MUTE_MS, PROBE_MS } from './connection';
import { Ended, Refused } from './errors';
import { Outbox } from './outbox';
import { RETRY_MS, type TokenSource } from './renewal';
import { Session } from './session';
import { State } from './state.svelte';
import { authenticated, frame, said, snapshot } from './testing';
import { ClientFrameSchema, type ClientMessage } from '#lib/gen/exchange/v1/client_pb.ts';
import { ServerFrameSchema, type ServerFrame } from '#lib/gen/exchange/v1/server_pb.ts';
import { RefusalCode } from '#lib/gen/exchange/v1/types_pb.ts';

class FakeSocket {
  static readonly OPEN = 1;
  static readonly CONNECTING = 0;
  readyState = 0;
  binaryType = '';
  sent = 0;
  closed = false;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: ArrayBuffer }) => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;

  readonly requests: ClientMessage[] = [];

  send(bytes: Uint8Array): void {
    this.sent += 1;
    this.requests.push(...fromBinary(ClientFrameSchema, bytes).messages);
  }

  close(): void {
    this.closed = true;
    this.readyState = 3;
  }

  open(): void {
    this.readyState = 1;
    this.onopen?.();
  }

  receive(message: ServerFrame): void {
    this.onmessage?.({ data: toBinary(ServerFrameSchema, create(ServerFrameSchema, message)).slice().buffer });
  }
}

let sockets: FakeSocket[] = [];
let ended: Error | null = null;
let session: Session;
let connections: Connections;
let source: TokenSource;
const newest = (): FakeSocket => sockets[sockets.length - 1]!;
const wait = (milliseconds: number): Promise<unknown> => vi.advanceTimersByTimeAsync(milliseconds);
const heartbeat = frame([said({ case: 'heartbeat', value: { serverTime: 1n } })]);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('WebSocket', FakeSocket);
  [sockets, ended] = [[], null];
  source = () => Promise.resolve({ value: 'dev:ada', goodFor: Infinity });
  const monotonic = (): number => performance.now();
  session = new Session(
    new State(
      (show) => show(),
      (show) => show()
    ),
    new Outbox(),
    new ServerClock(monotonic),
    monotonic,
    new Uint8Array(8)
  );
  connections = new Connections(session, {
    open: () => {
      sockets.push(new FakeSocket());
      return newest() as unknown as WebSocket;
    },
    token: (fresh) => source(fresh),
    renews: false,
    monotonic,
    random: () => 1,
    changed: () => undefined,
    ended: (error) => (ended = error)
  });
});

afterEach(() => {
  connections.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

async function goLive(): Promise<void> {
  newest().open();
  newest().receive(frame([said(authenticated()), said(snapshot()), said({ case: 'ready', value: {} })], 1n));
  await wait(0);
}

async function start(): Promise<void> {
  connections.start();
  await wait(0);
  await goLive();
}

describe('a connection', () => {
  test('that breaks is tried again after a delay, and what is shown is known to be old until then', async () => {
    await start();
    expect([session.phase, connections.lostAt]).toEqual(['live', null]);
    newest().onclose!({ code: 1006, reason: '' });
    expect(connections.lostAt).not.toBeNull();
    await wait(499);
    expect(sockets).toHaveLength(1);
    await wait(1);
    expect(sockets).toHaveLength(2);
    await goLive();
    expect([session.phase, connections.lostAt]).toEqual(['live', null]);
  });

  test('backs off further each time', async () => {
    connections.start();
    await wait(0);
    for (const delay of [500, 1_000, 2_000, 4_000, 8_000, 10_000, 10_000]) {
      const before = sockets.length;
      newest().onclose!({ code: 1006, reason: '' });
      await wait(delay - 1);
      expect(sockets).toHaveLength(before);
      await wait(1);
      expect(sockets).toHaveLength(before + 1);
    }
  });

  test('after an announced restart asks often instead', async () => {
    await start();
    newest().onclose!({ code: 1012, reason: '' });
    for (const delay of [500, 1_000, 1_500, 1_500, 1_500]) {
      const before = sockets.length;
      await wait(delay - 1);
      expect(sockets).toHaveLength(before);
      await wait(1);
      expect(sockets).toHaveLength(before + 1);
      newest().onclose!({ code: 1006, reason: '' });
    }
  });

  test('that falls silent is cut, three heartbeats after the last one', async () => {
    await start();
    await wait(3_000);
    newest().receive(heartbeat);
    await wait(MUTE_MS - 1_000);
    expect(newest().closed).toBe(false);
    await wait(2_000);
    expect([sockets[0]!.closed, connections.reason]).toEqual([true, 'the exchange fell silent']);
  });

  test('on which nothing of ours arrives is cut although news keep coming', async () => {
    await start();
    for (let passed = 0; passed < 2 * PROBE_MS + 6_000 && sockets.length === 1; passed += 2_000) {
      await wait(2_000);
      if (!newest().closed) newest().receive(heartbeat);
    }
    expect([sockets[0]!.closed, connections.reason]).toEqual([true, 'the exchange does not hear this page any more']);
  });

  test('that the exchange ended for good is not tried again', async () => {
    await start();
    newest().onclose!({ code: 4004, reason: '' });
    await wait(60_000);
    expect(sockets).toHaveLength(1);
    expect(ended).toBeInstanceOf(Ended);
  });

  test('that is refused says why', async () => {
    connections.start();
    await wait(0);
    newest().open();
    newest().receive(
      frame([said({ case: 'refusal', value: { code: RefusalCode.NOT_AUTHENTICATED, message: 'No such key.' } })])
    );
    expect(ended).toBeInstanceOf(Refused);
    expect(ended!.message).toBe('No such key.');
  });

  test('that brings nonsense starts again from a snapshot', async () => {
    const silenced = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    await start();
    newest().onmessage!({ data: new Uint8Array([0xff, 0xff, 0xff]).buffer });
    expect([newest().closed, connections.reason, session.sequence]).toEqual([true, 'a frame made no sense', 0n]);
    silenced.mockRestore();
  });

  test('is tried at once when somebody looks at the page again', async () => {
    await start();
    newest().onclose!({ code: 1006, reason: '' });
    connections.hurry();
    await wait(0);
    expect(sockets).toHaveLength(2);
  });
});

describe('a token that ends', () => {
  const renewals = (): number => newest().requests.filter(({ request }) => request.case === 'refreshToken').length;
  const pass = async (milliseconds: number): Promise<void> => {
    for (let passed = 0; passed < milliseconds; passed += 1_000) {
      await wait(1_000);
      const ping = newest().requests.findLast(({ request }) => request.case === 'ping');
      newest().receive(frame([said({ case: 'pong', value: { serverTime: 1n } }, 1n, ping?.requestId)]));
    }
  };

  test('is followed by a fresh one while it is still good, time and again', async () => {
    let count = 0;
    source = () => Promise.resolve({ value: `token ${++count}`, goodFor: 300_000 });
    await start();
    await pass(239_000);
    expect(renewals()).toBe(0);
    await pass(2_000);
    expect(renewals()).toBe(1);
    await pass(242_000);
    expect([renewals(), sockets.length]).toEqual([2, 1]);
  });

  test('is asked for again when there is no fresh one yet', async () => {
    const answers: (() => string)[] = [() => 'old', () => 'old', () => Promise.reject(new Error('away')) as never];
    source = async () => ({ value: await (answers.shift() ?? (() => 'new'))(), goodFor: 30_000 });
    await start();
    await pass(21_000 + RETRY_MS);
    expect(renewals()).toBe(0);
    await pass(2 * RETRY_MS);
    expect([renewals(), ended]).toEqual([1, null]);
  });
});
