/** How a market's status is called and looks, everywhere the same. */

import type { BadgeVariant } from '#lib/components/ui/badge/index.ts';
import { MarketStatus } from '#lib/gen/exchange/v1/types_pb.ts';

const NAMES: Record<MarketStatus, [string, BadgeVariant]> = {
  [MarketStatus.UNSPECIFIED]: ['unknown', 'outline'],
  [MarketStatus.OPEN]: ['open', 'open'],
  [MarketStatus.HALTED]: ['halted', 'halted'],
  [MarketStatus.PAUSED]: ['paused', 'paused'],
  [MarketStatus.SETTLED]: ['settled', 'settled']
};

export const statusName = (status: MarketStatus): string => NAMES[status]?.[0] ?? 'unknown';
export const statusVariant = (status: MarketStatus): BadgeVariant => NAMES[status]?.[1] ?? 'outline';
