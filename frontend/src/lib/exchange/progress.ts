/** How far the state has come, and so from where the next connection may resume. */

import { create } from '@bufbuild/protobuf';
import { ResumePointSchema, type ResumePoint } from '#lib/gen/exchange/v1/client_pb.ts';

const NOTHING: Uint8Array = new Uint8Array();

/**
 * The resume point: what the state holds, completely and no more.
 *
 * A connection announces a history and a view; they count once the state follows that connection: at once where it
 * resumes, and when the snapshot is whole where it does not. Until then what is known of the old one stays good.
 */
export class Progress {
  ahead = false;
  #exchangeId = NOTHING;
  #view = NOTHING;
  #sequence = 0n;
  #time = 0n;
  #follows = false;
  #announced = { exchangeId: NOTHING, view: NOTHING };
  #reached = { sequence: 0n, time: 0n };

  get sequence(): bigint {
    return this.#sequence;
  }

  begin(exchangeId: Uint8Array, view: Uint8Array): void {
    this.#announced = { exchangeId, view };
    this.#reached = { sequence: 0n, time: 0n };
    this.#follows = false;
  }

  /** From here on the state follows this connection; a snapshot took the place of what was there before. */
  follow(resumed: boolean): void {
    this.#exchangeId = this.#announced.exchangeId;
    this.#view = this.#announced.view;
    if (!resumed) {
      this.#sequence = this.#reached.sequence;
      this.#time = this.#reached.time;
      this.ahead = false;
    }
    this.#follows = true;
  }

  /** Everything up to `sequence` has arrived. */
  complete(sequence: bigint, time: bigint): void {
    if (this.#follows) {
      this.#sequence = sequence;
      this.#time = time;
      this.ahead = false;
    } else {
      this.#reached = { sequence, time };
    }
  }

  /** The connection may see other things from now on. */
  see(view: Uint8Array): void {
    this.#view = view;
  }

  /** The connection is gone. A state that is ahead of the point would be told things twice. */
  stop(): void {
    this.#follows = false;
    if (this.ahead) this.distrust();
  }

  /** There is nothing to resume from. */
  distrust(): void {
    this.#sequence = this.#time = 0n;
    this.ahead = false;
  }

  /** Where to resume, or null for a snapshot. */
  point(): ResumePoint | null {
    if (!this.#sequence) return null;
    return create(ResumePointSchema, {
      exchangeId: this.#exchangeId,
      sequence: this.#sequence,
      time: this.#time,
      view: this.#view
    });
  }
}
