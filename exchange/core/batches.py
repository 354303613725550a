"""Rules for batches: several steps in one market, all or nothing."""

from exchange.core.apply import apply_fact
from exchange.core.cancels import cancel_order
from exchange.core.checks import check_after, standing_of
from exchange.core.commands import Actor, AmendOrder, Batch, CancelOrder, PlaceOrder
from exchange.core.facts import AlreadyEnded, BatchResult, Decision, Fact, StepResult
from exchange.core.orders import amend_order, place_order
from exchange.core.preconditions import acting_account, check_market
from exchange.core.refusals import Code, Refusal
from exchange.core.rewind import Rewind
from exchange.core.state import Account, Market, State


def batch(state: State, actor: Actor, command: Batch, now: int) -> Refusal | Decision:
    """Decides each step against the state after the one before; funds and limits are checked once, at the end.

    Cancelling an order that has ended is reported, not refused. A refusal names its step in ``field``.
    """
    market = check_market(state, actor, command.market_id)
    if isinstance(market, Refusal):
        return market
    account = acting_account(state, actor)
    if isinstance(account, Refusal):
        return account
    most = state.limits.steps_per_batch
    if not 0 < len(command.steps) <= most:
        return Refusal(Code.INVALID_VALUE, "steps", f"A batch has from 1 to {most:,} steps.")
    if any(step.market_id != command.market_id for step in command.steps):
        return Refusal(Code.INVALID_VALUE, "steps", "Every step of a batch is in the batch's market.")
    rewind = Rewind(state, market)
    try:
        return _try_steps(state, actor, command, now, market, account, rewind)
    finally:
        rewind.rewind()


def _try_steps(
    state: State, actor: Actor, command: Batch, now: int, market: Market, account: Account, rewind: Rewind
) -> Refusal | Decision:
    before = standing_of(market.positions.get(account.account_id))
    facts: list[Fact] = []
    results: list[StepResult] = []
    fills = 0
    for index, step in enumerate(command.steps):
        outcome = _decide_step(state, actor, step, now)
        if isinstance(outcome, Refusal):
            if outcome.code == Code.ORDER_ENDED and isinstance(step, CancelOrder):
                results.append(AlreadyEnded())
                continue
            return outcome._replace(field=f"steps[{index}].{outcome.field}")
        for fact in outcome.facts:
            rewind.before(fact)
            apply_fact(state, fact, state.sequence + 1, now, len(facts))
            facts.append(fact)
            fills += len(getattr(fact, "fills", ()))
        results.append(outcome.result)  # type: ignore[arg-type]
        if fills > state.limits.fills_per_command:
            most = state.limits.fills_per_command
            return Refusal(Code.TOO_MANY_FILLS, f"steps[{index}]", f"One batch may meet at most {most:,} orders.")
    position = market.positions.get(account.account_id)
    worst, weight = (0, 0) if position is None else (position.worst, position.weight)
    after = standing_of(position)
    refusal = check_after(
        state, market, account, account.cash, before, after, account.worst - worst, account.weight - weight
    )
    return Decision(tuple(facts), BatchResult(tuple(results))) if refusal is None else refusal


def _decide_step(
    state: State, actor: Actor, step: PlaceOrder | AmendOrder | CancelOrder, now: int
) -> Refusal | Decision:
    if isinstance(step, PlaceOrder):
        return place_order(state, actor, step, now, checked=False)
    if isinstance(step, AmendOrder):
        return amend_order(state, actor, step, now, checked=False)
    return cancel_order(state, actor, step, now)
