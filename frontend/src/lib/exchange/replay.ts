/**
 * A market's past, told again from the facts of its feed: what stood in its book after any of its commits.
 *
 * Facts come in pages, oldest first, and are applied twice, always by the code that applies the live feed. The *front*
 * applies each once when it comes, collects trades and leaves keyframes behind: copies of the whole market. The *stage* is
 * what is shown. Going forward applies what lies between; going back, or far, begins at the last keyframe before. So the
 * way to any place is as long as the stretch between two keyframes at most: 500 commits, or as many as the book has
 * orders, whichever is more, for copying a large book often would take more room than the facts themselves.
 */

import type { RestingOrder } from './book';
import { Market, type StatusChange, type Trade } from './market';
import { State } from './state.svelte';
import type { ServerMessage } from '#lib/gen/exchange/v1/server_pb.ts';

const KEYFRAME_COMMITS = 500;
const NEVER = (): void => undefined; // nobody listens to these states

/** Everything that happened at one sequence. */
export interface Commit {
  readonly sequence: bigint;
  readonly time: bigint;
  readonly messages: ServerMessage[];
}

interface Keyframe {
  readonly position: number;
  readonly market: Market;
}

/** A redemption names markets that are not here, and changes no book. */
function apply(state: State, commit: Commit): void {
  for (const message of commit.messages) if (message.message.case !== 'redeemed') state.apply(message);
}

/** Everything but the trades, which the replay has. */
function copyOf(market: Market): Market {
  const { book, trades, statuses, marketId, ...rest } = market;
  const copy = Object.assign(new Market(marketId), rest);
  for (const order of book.orders.values()) copy.book.insert({ ...order });
  copy.statuses.push(...statuses);
  void trades;
  return copy;
}

/** The first place in an ascending list at which `isAfter` holds. */
function firstAfter<T>(list: readonly T[], isAfter: (item: T) => boolean): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAfter(list[middle]!)) high = middle;
    else low = middle + 1;
  }
  return low;
}

export class Replay {
  readonly commits: Commit[] = [];
  /** All trades that are loaded, oldest first. */
  readonly trades: Trade[] = [];
  readonly #front = new State(NEVER, NEVER);
  readonly #stage = new State(NEVER, NEVER);
  readonly #keyframes: Keyframe[] = [];
  #position = 0;
  #applied = 0; // by the front

  constructor(readonly marketId: bigint) {}

  /** How many commits have happened; from 1 on, as nothing was there before the market was made. */
  get position(): number {
    return this.#position;
  }

  /** The commit that happened last. */
  get current(): Commit | null {
    return this.commits[this.#position - 1] ?? null;
  }

  /** The market as it was; null before anything is loaded. Another object after every step back. */
  get market(): Market | null {
    return this.#stage.markets.get(this.marketId) ?? null;
  }

  /** Every change of status that is loaded. */
  get statuses(): readonly StatusChange[] {
    return this.#front.markets.get(this.marketId)?.statuses ?? [];
  }

  /** Takes in what happened after everything that is here. */
  append(messages: readonly ServerMessage[]): void {
    for (const message of messages) {
      const last = this.commits[this.commits.length - 1];
      if (last?.sequence === message.sequence) last.messages.push(message);
      else this.commits.push({ sequence: message.sequence, time: message.time, messages: [message] });
    }
    for (; this.#applied < this.commits.length; this.#applied += 1) this.#take(this.commits[this.#applied]!);
    if (!this.#position) this.seek(1);
  }

  #take(commit: Commit): void {
    apply(this.#front, commit);
    const position = this.#applied + 1;
    const market = this.#front.markets.get(this.marketId)!;
    this.trades.push(...market.trades.splice(0));
    const since = position - (this.#keyframes[this.#keyframes.length - 1]?.position ?? -Infinity);
    if (since >= KEYFRAME_COMMITS && since >= market.book.orders.size) {
      this.#keyframes.push({ position, market: copyOf(market) });
    }
  }

  /** Goes to where `position` commits have happened, as far as they are loaded. */
  seek(position: number): void {
    const wanted = Math.max(1, Math.min(Math.trunc(position), this.commits.length));
    if (!this.commits.length || wanted === this.#position) return;
    const keyframe = this.#keyframes[firstAfter(this.#keyframes, (frame) => frame.position > wanted) - 1]!;
    if (wanted < this.#position || keyframe.position > this.#position) {
      this.#stage.markets.set(this.marketId, copyOf(keyframe.market));
      this.#position = keyframe.position;
    }
    for (; this.#position < wanted; this.#position += 1) apply(this.#stage, this.commits[this.#position]!);
  }

  /** How many commits had happened at a sequence. */
  positionAt(sequence: bigint): number {
    return firstAfter(this.commits, (commit) => commit.sequence > sequence);
  }

  /** How many commits had happened at a time. */
  positionAtTime(time: bigint): number {
    return firstAfter(this.commits, (commit) => commit.time > time);
  }

  /** How many of the trades have happened. */
  get tradeCount(): number {
    const sequence = this.current?.sequence ?? 0n;
    return firstAfter(this.trades, (trade) => trade.sequence > sequence);
  }

  /** Orders of an account that rest in the book as it was, by id. */
  ordersOf(accountId: bigint): Map<bigint, RestingOrder> {
    const found = new Map<bigint, RestingOrder>();
    if (!accountId) return found;
    for (const order of this.market?.book.orders.values() ?? []) {
      if (order.accountId === accountId) found.set(order.orderId, order);
    }
    return found;
  }
}

const IDLE_NS = 2_000_000_000n; // of the viewer's time, in which nothing would move

/** Where in time playing has come to after `elapsed` milliseconds at a speed. Idle stretches are cut short. */
export function playOn(replay: Replay, playhead: bigint, elapsed: number, speed: number): bigint {
  const reached = playhead + BigInt(Math.round(elapsed * speed * 1_000_000));
  const next = replay.commits[replay.positionAtTime(reached)];
  if (!next) return reached;
  const idle = IDLE_NS * BigInt(speed);
  return next.time - reached > idle ? next.time - idle / 4n : reached;
}
