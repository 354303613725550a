/** What happened in a market, in words. Pure. */

import { BUY } from './book';
import { statusDone } from './auditing';
import { average, formatPrice, formatSize } from './units';
import type { Fill, ServerMessage } from '#lib/gen/exchange/v1/server_pb.ts';
import { CancelReason } from '#lib/gen/exchange/v1/types_pb.ts';

export type Tone = 'buy' | 'sell' | 'quiet' | 'market';

export interface Told {
  readonly text: string;
  readonly tone: Tone;
}

type Name = (accountId: bigint) => string;

const WHY: Partial<Record<CancelReason, string>> = {
  [CancelReason.EXPIRED]: 'expired',
  [CancelReason.DISCONNECTED]: 'ended with their connection',
  [CancelReason.DEAD_MAN]: 'ended by the dead-man timer',
  [CancelReason.VIEWER_REMOVED]: 'ended with the right to see the market'
};

/** How much was traded, and at which price on average. */
function traded(fills: readonly Fill[]): string {
  const size = fills.reduce((sum, fill) => sum + fill.size, 0n);
  const value = fills.reduce((sum, fill) => sum + fill.size * fill.price, 0n);
  return `${formatSize(size)} at ${formatPrice(average(value, size))}`;
}

/** One fact as a sentence without its end; null when it says nothing of this market's trading. */
export function tell({ message }: ServerMessage, name: Name): Told | null {
  switch (message.case) {
    case 'orderPlaced': {
      const { accountId, side, price, size, remaining, fills } = message.value;
      const buys = side === BUY;
      const tone = buys ? 'buy' : 'sell';
      const rests = remaining ? `${formatSize(remaining)} at ${formatPrice(price)}` : '';
      if (!fills.length) {
        const text = rests ? `${buys ? 'bids' : 'offers'} ${rests}` : `finds nothing for ${formatSize(size)}`;
        return { text: `${name(accountId)} ${text}`, tone: rests ? tone : 'quiet' };
      }
      const rest = rests ? `, and ${buys ? 'bids' : 'offers'} ${rests}` : '';
      return { text: `${name(accountId)} ${buys ? 'buys' : 'sells'} ${traded(fills)}${rest}`, tone };
    }
    case 'orderAmended': {
      const { accountId, side, price, remaining, fills } = message.value;
      const took = fills.length ? `, and ${side === BUY ? 'buys' : 'sells'} ${traded(fills)}` : '';
      const now = remaining ? `to ${formatSize(remaining)} at ${formatPrice(price)}` : 'to nothing left';
      return { text: `${name(accountId)} amends ${now}${took}`, tone: side === BUY ? 'buy' : 'sell' };
    }
    case 'ordersCancelled': {
      const { accountId, orderIds, reason } = message.value;
      const count = `${orderIds.length} ${orderIds.length === 1 ? 'order' : 'orders'}`;
      const why = WHY[reason];
      return {
        text: why ? `${count} of ${name(accountId)} ${why}` : `${name(accountId)} cancels ${count}`,
        tone: 'quiet'
      };
    }
    case 'redeemed': {
      const { accountId, size } = message.value;
      const text = size < 0n ? `makes ${formatSize(-size)} from the basket` : `redeems ${formatSize(size)}`;
      return { text: `${name(accountId)} ${text}`, tone: 'quiet' };
    }
    case 'marketCreated':
      return { text: 'The market is made', tone: 'market' };
    case 'marketEdited':
      return { text: 'The market is changed', tone: 'market' };
    case 'marketStatusChanged':
      return { text: `The market is ${statusDone(message.value.status)}`, tone: 'market' };
    case 'marketSettled':
      return { text: `The market settles at ${formatPrice(message.value.price)}`, tone: 'market' };
    case 'marketUnsettled':
      return { text: 'The settlement is taken back', tone: 'market' };
    default:
      return null;
  }
}
