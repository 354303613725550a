/** History as the exchange answers it, as the page keeps it. */

import { BUY, SELL } from './book';
import type { Trade } from './market';
import type { Trade as TradeMessage } from '#lib/gen/exchange/v1/server_pb.ts';

export const tradeOf = (message: TradeMessage): Trade => ({
  sequence: message.sequence,
  index: message.index,
  time: message.time,
  price: message.price,
  size: message.size,
  takerSide: message.takerSide === BUY ? BUY : SELL,
  takerAccountId: message.takerAccountId,
  makerAccountId: message.makerAccountId
});
