"""The exchange's core as a venue for order flow: one account buys, another sells, every rule is on."""

from bench.venues import Cancel, Operation, Place, Placed, Trade
from exchange.core.apply import apply
from exchange.core.commands import (
    SYSTEM,
    Actor,
    CancelOrder,
    Command,
    CreateMarket,
    Grant,
    OpenExchange,
    PlaceOrder,
    SignIn,
)
from exchange.core.facts import Decision, OrderPlaced
from exchange.core.refusals import Refusal
from exchange.core.rules import decide
from exchange.core.state import Limits, State
from exchange.core.units import Side, TimeInForce

MARKET_ID = 1
LIMITS = Limits(open_orders_per_market=10_000_000, fills_per_command=10_000_000)
CASH = 10**16
HIGH = 10_000_000


class CoreVenue:
    """A state with one market and two rich accounts."""

    def __init__(self) -> None:
        self.state = State(LIMITS)
        self._execute(SYSTEM, OpenExchange())
        for name in ("Buyer", "Seller"):
            self._execute(SYSTEM, SignIn(name, name))
        buyer, seller = (Actor(user.user_id, user.account_id) for user in self.state.users.values())
        self._actors = {Side.BUY: buyer, Side.SELL: seller}
        for actor in (buyer, seller):
            self._execute(SYSTEM, Grant(actor.account_id, CASH, ""))
        self._execute(buyer, CreateMarket("Flow", "", 0, HIGH))

    def place(self, side: Side, price: int, size: int, immediate: bool) -> Placed:
        """Places one order."""
        answer = as_answer(self._execute(*self.command(Place(side, price, size, immediate))))
        assert isinstance(answer, Placed)
        return answer

    def cancel(self, side: Side, number: int) -> bool:
        """Cancels one order."""
        answer = as_answer(self._execute(*self.command(Cancel(side, number))))
        assert isinstance(answer, bool)
        return answer

    def command(self, operation: Operation) -> tuple[Actor, Command]:
        """Who asks what."""
        actor = self._actors[operation.side]
        if isinstance(operation, Cancel):
            return actor, CancelOrder(MARKET_ID, operation.number)
        side, price, size, immediate = operation
        time_in_force = TimeInForce.IOC if immediate else TimeInForce.GTC
        return actor, PlaceOrder(MARKET_ID, side, price, size, time_in_force)

    def _execute(self, actor: Actor, command: Command) -> Refusal | Decision:
        outcome = decide(self.state, actor, command, self.state.time + 1)
        if isinstance(outcome, Decision):
            apply(self.state, self.state.sequence + 1, self.state.time + 1, outcome.facts)
        return outcome


def as_answer(outcome: Refusal | Decision) -> Placed | bool:
    """A decision as a venue's answer; the only refusal that flow meets is of a cancel."""
    if isinstance(outcome, Refusal):
        return False
    (fact,) = outcome.facts
    if isinstance(fact, OrderPlaced):
        return Placed(fact.order_id, [Trade(fill.order_id, fill.price, fill.size) for fill in fact.fills])
    return True
