"""What happens by the clock."""

from collections.abc import Iterable

import trio

from exchange.core.commands import SYSTEM
from exchange.core.invariants import account_violations, balance_violations, cash_violations
from exchange.core.schedule import due_command
from exchange.tasks.context import Context
from exchange.tasks.engine import TornMemory
from exchange.tasks.requests import Request

ACCOUNTS_PER_TURN = 500


async def send_heartbeats(context: Context) -> None:
    """Lets quiet clients know that the server is there, and forgets what idle sessions no longer need."""
    seconds = context.settings.heartbeat_seconds
    while True:
        await trio.sleep(seconds / 5)
        context.publisher.heartbeat(context.environment.wall_clock_ns())
        context.sessions.sweep(context.by_session)


async def pass_time(context: Context) -> None:
    """Does what is due in markets where nothing else happens; busy ones do it before each command."""
    state = context.engine.state
    while True:
        now = context.engine.now()
        for market in list(state.markets.values()):
            due = due_command(market, now)
            if due is not None:
                await context.markets.inbox(market.market_id).send(Request(due, SYSTEM))
        await trio.sleep(context.settings.timer_seconds)


async def audit_invariants(context: Context) -> None:
    """Recomputes what must be true, all the time and a piece at a time. A violation ends the process."""
    state = context.engine.state
    while True:
        await trio.sleep(context.settings.audit_seconds)
        _expect_none(cash_violations(state))
        for market_id in list(state.markets):
            _expect_none(balance_violations(state.markets[market_id]))
            await trio.lowlevel.checkpoint()
        account_ids = list(state.accounts)
        for start in range(0, len(account_ids), ACCOUNTS_PER_TURN):
            for account_id in account_ids[start : start + ACCOUNTS_PER_TURN]:
                _expect_none(account_violations(state, state.accounts[account_id]))
            await trio.lowlevel.checkpoint()
        context.forget_full_paces()


def _expect_none(violations: Iterable[str]) -> None:
    for violation in violations:
        raise TornMemory(violation)
