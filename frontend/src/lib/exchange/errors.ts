/** What a request or a connection may come to. */

import type { RefusalCode } from '#lib/gen/exchange/v1/types_pb.ts';
import type { Refusal as RefusalMessage } from '#lib/gen/exchange/v1/server_pb.ts';

/** The exchange will not do it; nothing was changed. The message is a sentence for people. */
export class Refused extends Error {
  readonly code: RefusalCode;
  readonly field: string;
  readonly retryAfter: number; // milliseconds

  constructor(refusal: RefusalMessage) {
    super(refusal.message);
    this.name = 'Refused';
    this.code = refusal.code;
    this.field = refusal.field;
    this.retryAfter = refusal.retryAfterMs;
  }
}

/** The exchange will have us, but not now. */
export class ComeBackLater extends Error {
  constructor(
    message: string,
    readonly after: number
  ) {
    super(message);
  }
}

/** There will be no further connection by itself. */
export class Ended extends Error {
  constructor(
    message: string,
    readonly closeCode: number
  ) {
    super(message);
  }
}
