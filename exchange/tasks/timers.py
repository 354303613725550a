"""What happens by the clock."""

from collections.abc import Iterable

import trio

from exchange.core.commands import SYSTEM, EndOrders, FireDeadManTimer, RestartDeadManTimers
from exchange.core.invariants import account_violations, balance_violations, cash_violations
from exchange.core.schedule import due_command
from exchange.core.units import CancelReason
from exchange.tasks.context import Context
from exchange.tasks.engine import TornMemory
from exchange.tasks.markets import DESK
from exchange.tasks.requests import Request

ACCOUNTS_PER_TURN = 500


async def send_heartbeats(context: Context) -> None:
    """Lets quiet clients know that the server is there, and forgets what idle sessions no longer need."""
    seconds = context.settings.heartbeat_seconds
    while True:
        await trio.sleep(seconds / 5)
        context.publisher.heartbeat(context.environment.wall_clock_ns())
        context.sessions.sweep(context.by_session)


async def watch_loop(context: Context) -> None:
    """Measures how late the loop wakes a task, and tells the watchdog that it turns."""
    seconds = context.settings.loop_sample_seconds
    while True:
        context.environment.feed_watchdog()  # also before anybody is let in
        due = trio.current_time() + seconds
        await trio.sleep_until(due)
        context.metrics.loop_lag.observe(trio.current_time() - due)


async def pass_time(context: Context) -> None:
    """Does what is due in markets where nothing else happens; busy ones do it before each command."""
    state = context.engine.state
    while True:
        now = context.engine.now()
        for market in list(state.markets.values()):
            due = due_command(market, now)
            if due is not None:
                await context.markets.inbox(market.market_id).put(Request(due, SYSTEM))
        if not context.draining:  # which is no disconnect, and nobody could set a timer
            await _end_orders_of_the_gone(context)
            await _fire_dead_man_timers(context)
        await trio.sleep(context.settings.timer_seconds)


async def begin_anew(context: Context) -> None:
    """After a start: sessions get one grace period to come back, and dead-man timers their full length."""
    engine = context.engine
    for market in engine.state.markets.values():
        for session_number in market.book.by_session:
            context.absences.begin(session_number)
    if engine.state.dead_man_timers:
        await engine.take_slot()
        engine.execute(Request(RestartDeadManTimers(), SYSTEM))
        await context.publisher.wait_published(engine.state.sequence)


async def _end_orders_of_the_gone(context: Context) -> None:
    """Asked again until nothing of theirs rests any more: a market that is being restored refuses."""
    state = context.engine.state
    over = context.absences.over()
    if not over:
        return
    guarded = over & state.guarded_sessions
    left: set[int] = set()
    ends: list[EndOrders] = []
    for market in state.markets.values():
        by_session = market.book.by_session
        gone = by_session.keys() & guarded if by_session else ()
        if gone:
            left.update(gone)
            order_ids = tuple(sorted(order_id for number in gone for order_id in by_session[number]))
            ends.append(EndOrders(market.market_id, order_ids, CancelReason.DISCONNECTED))
    context.absences.end(over - left)  # before anything suspends: one that comes back and leaves again begins anew
    for end in ends:
        await context.markets.inbox(end.market_id).put(Request(end, SYSTEM))


async def _fire_dead_man_timers(context: Context) -> None:
    now = context.engine.now()
    timers = context.engine.state.dead_man_timers
    for account_id in [account_id for account_id, timer in timers.items() if timer.due <= now]:
        await context.markets.inbox(DESK).put(Request(FireDeadManTimer(account_id), SYSTEM))


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
        context.metrics.audits += 1
        context.metrics.audited_at = context.environment.wall_clock_ns()
        context.forget_full_paces()


def _expect_none(violations: Iterable[str]) -> None:
    for violation in violations:
        raise TornMemory(violation)
