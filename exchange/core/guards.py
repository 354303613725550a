"""Rules for what ends orders when nobody watches them: sessions that are gone, and dead-man timers that run out.

When is for the tasks to know, who have the clock and the connections; here is what happens then.
"""

from exchange.core.commands import (
    Actor,
    FireDeadManTimer,
    RestartDeadManTimers,
    SetCancelOnDisconnect,
    SetDeadManTimer,
)
from exchange.core.facts import CancelOnDisconnectSet, DeadManTimerSet, Decision, Done, Fact, OrdersCancelled
from exchange.core.preconditions import acting_account
from exchange.core.refusals import Code, Refusal
from exchange.core.state import State
from exchange.core.units import DEAD_MAN_SECONDS_MAX, CancelReason

_SECOND = 1_000_000_000
_DONE = Decision((), Done())


def set_cancel_on_disconnect(
    state: State, actor: Actor, command: SetCancelOnDisconnect, now: int
) -> Refusal | Decision:
    """From now on the session's new orders end with it, or no longer do. The same again changes nothing."""
    if not actor.session_number:
        return Refusal(Code.INVALID_VALUE, "session", "Sign in with a session: without one nothing is known to end.")
    if command.enabled == (actor.session_number in state.guarded_sessions):
        return _DONE
    return Decision((CancelOnDisconnectSet(actor.session_number, command.enabled),), Done())


def set_dead_man_timer(state: State, actor: Actor, command: SetDeadManTimer, now: int) -> Refusal | Decision:
    """Starts the acting account's timer anew, or with 0 seconds switches it off."""
    account = acting_account(state, actor)
    if isinstance(account, Refusal):
        return account
    seconds = command.seconds
    if not 0 <= seconds <= DEAD_MAN_SECONDS_MAX:
        most = f"{DEAD_MAN_SECONDS_MAX:,}"
        return Refusal(Code.INVALID_VALUE, "seconds", f"From 1 to {most} seconds, or 0 to switch the timer off.")
    if not seconds and account.account_id not in state.dead_man_timers:
        return _DONE
    return Decision((_timer_set(account.account_id, seconds, now),), Done())


def fire_dead_man_timer(state: State, actor: Actor, command: FireDeadManTimer, now: int) -> Refusal | Decision:
    """Ends all orders of an account whose timer has run out, in every status, and the timer. Nothing if it has not."""
    timer = state.dead_man_timers.get(command.account_id)
    if timer is None or timer.due > now:
        return _DONE
    facts: list[Fact] = [
        OrdersCancelled(market_id, tuple(sorted(position.orders)), CancelReason.DEAD_MAN, command.account_id)
        for market_id, position in state.accounts[command.account_id].positions.items()
        if position.orders
    ]
    return Decision((*facts, DeadManTimerSet(command.account_id, 0, 0)), Done())


def restart_dead_man_timers(state: State, actor: Actor, command: RestartDeadManTimers, now: int) -> Refusal | Decision:
    """Gives every timer its full length again: while the exchange was away nobody could set it."""
    timers = state.dead_man_timers.items()
    return Decision(tuple(_timer_set(account_id, timer.seconds, now) for account_id, timer in timers), Done())


def _timer_set(account_id: int, seconds: int, now: int) -> DeadManTimerSet:
    return DeadManTimerSet(account_id, seconds, now + seconds * _SECOND if seconds else 0)
