// A minimal client of the exchange, from its .proto files alone: signs in, keeps what it must to come back, places an
// order, loses its connection, resumes, and asks the same again. Run it as
//
//     node client.ts ws://localhost:8080/ws dev:ada "Rain on Friday"

import { create, fromBinary, toBinary, type MessageInitShape } from "@bufbuild/protobuf";
import { ClientFrameSchema, ClientMessageSchema } from "./gen/exchange/v1/client_pb.js";
import { ServerFrameSchema, type ServerMessage } from "./gen/exchange/v1/server_pb.js";
import { Side } from "./gen/exchange/v1/types_pb.js";

type Request = MessageInitShape<typeof ClientMessageSchema>;

const SESSION = crypto.getRandomValues(new Uint8Array(16)); // new for each process, kept over its reconnects

class Client {
  readonly markets = new Map<bigint, string>();
  resumed = false;
  private lastId = 0n;
  private readonly waiting = new Map<bigint, { request: Request; resolve: (reply: ServerMessage) => void }>();
  private exchangeId: Uint8Array = new Uint8Array();
  private view: Uint8Array = new Uint8Array();
  private sequence = 0n; // of the last complete_through, and its time: where to resume
  private time = 0n;
  private socket!: WebSocket;
  private readonly url: string;
  private readonly token: string;

  constructor(url: string, token: string) {
    [this.url, this.token] = [url, token];
  }

  /** Signs in; done when the state is there. What has no answer yet is asked again, the same ids and the same bodies. */
  connect(): Promise<void> {
    return new Promise((ready, failed) => {
      this.socket = new WebSocket(this.url);
      this.socket.binaryType = "arraybuffer";
      this.socket.onerror = () => failed(new Error("no connection"));
      this.socket.onopen = () => this.hello();
      this.socket.onmessage = (event) => {
        const frame = fromBinary(ServerFrameSchema, new Uint8Array(event.data));
        for (const message of frame.messages) this.take(message, ready, failed);
        if (frame.completeThrough) [this.sequence, this.time] = [frame.completeThrough, frame.completeTime];
      };
    });
  }

  /** Asks for something, and gives the reply, over any number of connections. */
  ask(request: Request): Promise<ServerMessage> {
    request.requestId = ++this.lastId;
    return new Promise((resolve) => {
      this.waiting.set(this.lastId, { request, resolve });
      this.send(request);
    });
  }

  drop(): Promise<void> {
    return new Promise((closed) => {
      this.socket.onclose = () => closed();
      this.socket.close();
    });
  }

  private hello(): void {
    const resume = this.sequence
      ? { exchangeId: this.exchangeId, sequence: this.sequence, time: this.time, view: this.view }
      : undefined;
    const hello = { token: this.token, session: SESSION, client: "minimal/1", protocolRevision: 1, resume };
    this.send({ request: { case: "authenticate", value: hello } });
  }

  private send(request: Request): void {
    const frame = create(ClientFrameSchema, { messages: [request] });
    this.socket.send(toBinary(ClientFrameSchema, frame) as Uint8Array<ArrayBuffer>);
  }

  private take(message: ServerMessage, ready: () => void, failed: (error: Error) => void): void {
    const said = message.message;
    const waiting = this.waiting.get(message.requestId);
    if (waiting) {
      this.waiting.delete(message.requestId);
      waiting.resolve(message);
    } else if (said.case === "refusal") {
      failed(new Error(said.value.message));
    } else if (said.case === "authenticated") {
      [this.exchangeId, this.view, this.resumed] = [said.value.exchangeId, said.value.view, false];
    } else if (said.case === "resumed") {
      this.resumed = true; // what was missed follows, and what is known stays good
    } else if (said.case === "snapshot") {
      if (said.value.first) this.markets.clear();
      for (const market of said.value.markets) this.markets.set(market.marketId, market.name);
    } else if (said.case === "marketCreated") {
      this.markets.set(said.value.market!.marketId, said.value.market!.name);
    } else if (said.case === "viewChanged") {
      this.view = said.value.view;
    } else if (said.case === "ready") {
      for (const { request } of this.waiting.values()) this.send(request);
      ready();
    } // every other kind is a fact of the feed, and new ones may come: pass over what you do not know
  }
}

declare const process: { argv: string[] };
const [url, token, name] = process.argv.slice(2) as [string, string, string];
const client = new Client(url, token);
await client.connect();
const found = [...client.markets].find(([, known]) => known === name);
if (!found) throw new Error(`there is no market ${name}`);
const validUntil = BigInt(Date.now() + 60_000) * 1_000_000n; // the same bytes each time it is asked
const order = { marketId: found[0], side: Side.BUY, price: 1000n, size: 100n }; // 1 contract at 10.00

const asked: Request = { validUntil, request: { case: "placeOrder", value: order } };
const lost = client.ask(asked); // the connection is gone before the answer can be read
await client.drop();
await client.connect();
const first = await lost;
if (first.message.case !== "orderResult") throw new Error(JSON.stringify(first.message.value));
console.log(client.resumed ? "resumed" : "began anew", "and placed order", first.message.value.orderId);

const cancelled = await client.ask({ request: { case: "cancelOrders", value: { marketId: found[0] } } });
if (cancelled.message.case !== "cancelResult") throw new Error("not cancelled");
console.log("cancelled", cancelled.message.value.orderIds.length, "order");
await client.drop();
