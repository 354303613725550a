"""Whether clients should be sent here, and what an operator should know about it in a sentence."""

import shutil
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from exchange.tasks.context import Context


def readiness(context: "Context") -> tuple[bool, list[str]]:
    """Whether it is ready, and why not; or, while it is, what is not as it should be.

    Only a drain makes it unready: there is one machine, and a platform that turned clients away from it because a
    market is being restored would make a small fault a large one.
    """
    reasons = ["draining"] if context.draining else []
    reasons += [f"market {market_id} is being restored" for market_id in context.markets.unavailable]
    reasons += [context.authenticator.problem] if context.authenticator.problem else []
    free = shutil.disk_usage(context.database.parent).free
    if free < context.settings.disk_low_bytes:
        reasons.append(f"the disk is almost full: {free >> 20} MiB are left")
    if context.metrics.copies.failed_last:
        reasons.append("the last scheduled copy failed")
    return not context.draining, reasons
