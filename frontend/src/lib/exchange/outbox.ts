/** Requests on their way: numbered once, encoded once, kept until answered, sent again unchanged after a drop. */

import { create, toBinary } from '@bufbuild/protobuf';
import { ClientFrameSchema, ClientMessageSchema, type ClientMessage } from '#lib/gen/exchange/v1/client_pb.ts';
import type { ServerMessage } from '#lib/gen/exchange/v1/server_pb.ts';

/** What is asked: the `request` of a `ClientMessage`. */
export type Asked = Exclude<ClientMessage['request'], { case: undefined }>;

interface Request {
  readonly requestId: bigint;
  readonly element: Uint8Array;
  readonly resolve: (reply: ServerMessage) => void;
  readonly reject: (error: Error) => void;
}

/** A request as an element of a frame: elements joined are a frame. */
export function encode(requestId: bigint, request: Asked, validUntil = 0n): Uint8Array {
  const message = create(ClientMessageSchema, { requestId, validUntil, request });
  return toBinary(ClientFrameSchema, create(ClientFrameSchema, { messages: [message] }));
}

export function join(elements: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(elements.reduce((size, element) => size + element.length, 0));
  let at = 0;
  for (const element of elements) {
    joined.set(element, at);
    at += element.length;
  }
  return joined;
}

/** Requests that wait to be sent, and those that wait for their reply; both in the order of their ids. */
export class Outbox {
  #lastId = 0n;
  #unsent: Request[] = [];
  readonly #inFlight = new Map<bigint, Request>();

  get waiting(): number {
    return this.#unsent.length + this.#inFlight.size;
  }

  nextId(): bigint {
    this.#lastId += 1n;
    return this.#lastId;
  }

  submit(request: Asked, validUntil: bigint): Promise<ServerMessage> {
    return new Promise((resolve, reject) => {
      const requestId = this.nextId();
      this.#unsent.push({ requestId, element: encode(requestId, request, validUntil), resolve, reject });
    });
  }

  /** One frame with as many requests as fit, or null. 0 stands for no limit. */
  take(bytesMax: number, waitingMax: number): Uint8Array<ArrayBuffer> | null {
    const elements: Uint8Array[] = [];
    let size = 0;
    while (this.#unsent.length && !(waitingMax && this.#inFlight.size >= waitingMax)) {
      const request = this.#unsent[0]!;
      size += request.element.length;
      if (bytesMax && elements.length && size > bytesMax) break;
      this.#unsent.shift();
      this.#inFlight.set(request.requestId, request);
      elements.push(request.element);
    }
    return elements.length ? join(elements) : null;
  }

  /** Hands a reply to whoever waits for it. */
  answer(reply: ServerMessage): void {
    const request = this.#inFlight.get(reply.requestId);
    if (!request) return;
    this.#inFlight.delete(reply.requestId);
    request.resolve(reply);
  }

  /** After a drop: what was sent and not answered goes first again, under its old ids. */
  requeue(): void {
    this.#unsent = [...this.#inFlight.values(), ...this.#unsent];
    this.#inFlight.clear();
  }

  /** Ends every request; there will be no replies. */
  fail(error: Error): void {
    for (const request of [...this.#inFlight.values(), ...this.#unsent]) request.reject(error);
    this.#inFlight.clear();
    this.#unsent = [];
  }
}
