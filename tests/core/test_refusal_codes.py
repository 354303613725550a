"""Every code the rules can return has an example here; a new one fails until it has."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

import exchange.core
from exchange.core.commands import (
    SYSTEM,
    Actor,
    AmendOrder,
    CancelOrder,
    Command,
    CreateAccount,
    CreateMarket,
    EditGroup,
    Grant,
    OpenExchange,
    PlaceOrder,
    Redeem,
    SetMarketStatus,
    SettleMarket,
    Transfer,
    UnsettleMarket,
)
from exchange.core.credentials import (
    AcceptInvitation,
    CreateApiKey,
    CreateInvitations,
    NewInvitation,
    RevokeApiKey,
    RevokeInvitation,
)
from exchange.core.refusals import Code
from exchange.core.state import Limits
from exchange.core.units import CASH_MAX, KeyScope, MarketStatus, TimeInForce
from tests.core.world import ADMIN, BUY, SELL, World

# Decided before the rules are asked: by the connection, the request memory, the pace or a market's supervisor.
OUTSIDE_THE_RULES = {
    Code.UNKNOWN_REQUEST,
    Code.REQUEST_ID_REUSED,
    Code.REQUEST_ID_EXPIRED,
    Code.TOO_LATE,
    Code.INTERNAL,
    Code.DRAINING,
    Code.TOO_MANY_WAITING,
    Code.NOT_AUTHENTICATED,
    Code.PROTOCOL_REVISION,
    Code.NOT_ADMITTED,
    Code.KEY_SCOPE,
    Code.PACE,
    Code.MARKET_UNAVAILABLE,
}

LIMITS = Limits(open_orders_per_market=3, fills_per_command=2, markets_per_user=2, sub_accounts_per_user=1)
Example = Callable[[World, Actor, Actor, int], tuple[Actor, Command]]
EXAMPLES: dict[Code, Example] = {}


def _example(code: Code) -> Callable[[Example], Example]:
    def register(example: Example) -> Example:
        EXAMPLES[code] = example
        return example

    return register


def _codes_in_the_rules() -> set[Code]:
    """Return every ``Code.X`` that the source of the core names."""
    sources = [file for file in Path(exchange.core.__path__[0]).glob("*.py") if file.name != "refusals.py"]
    return {
        Code[node.attr]
        for source in sources
        for node in ast.walk(ast.parse(source.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code"
    }


@pytest.mark.parametrize("code", sorted(_codes_in_the_rules()), ids=lambda code: code.name)
def test_every_code_of_the_rules_is_returned_by_an_example(code: Code) -> None:
    assert code in EXAMPLES, f"write an example that is refused with {code.name}"
    world = World(LIMITS)
    ann, bob = world.user("Ann", 100), world.user("Bob", 100)
    actor, command = EXAMPLES[code](world, ann, bob, world.market())
    assert world.refuse(actor, command).code == code


def test_the_other_codes_are_known_to_belong_elsewhere() -> None:
    assert set(Code) - _codes_in_the_rules() == OUTSIDE_THE_RULES


def test_codes_are_grouped_by_the_stage_that_refuses() -> None:
    assert {code // 100 for code in _codes_in_the_rules()} <= {1, 2, 4, 5, 6, 7}


@_example(Code.INVALID_VALUE)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ann, PlaceOrder(market, BUY, 15, 0)


@_example(Code.UNKNOWN_GROUP)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ADMIN, EditGroup(7, "Weather", None)


@_example(Code.NOT_ALLOWED)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return SYSTEM, OpenExchange()


@_example(Code.NOT_ELEVATED)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ann, SetMarketStatus(market, MarketStatus.HALTED)


@_example(Code.NOT_OWNER)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ann, Transfer(bob.account_id, ann.account_id, 1, "")


@_example(Code.UNKNOWN_ACCOUNT)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ADMIN, Grant(99, 1, "")


@_example(Code.UNKNOWN_USER)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return SYSTEM, CreateAccount("Nobody's")


@_example(Code.NAME_TAKEN)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ann, CreateAccount("bob")


@_example(Code.LIMIT_REACHED)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    world.market(owner=ann)
    world.market(owner=ann)
    return ann, CreateMarket("Rain", "", 0, 1)


@_example(Code.SAME_ACCOUNT)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ann, Transfer(0, ann.account_id, 1, "")


@_example(Code.UNKNOWN_KEY)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    world.run(ann, CreateApiKey(0, KeyScope.TRADE, 0, "", b"a" * 32))
    return bob, RevokeApiKey(1)


@_example(Code.UNKNOWN_INVITATION)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ADMIN, RevokeInvitation(1)


@_example(Code.INVITATION_USED)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    world.run(ADMIN, CreateInvitations((NewInvitation("Eve", "", 0, 0, b"t" * 32),)))
    world.run(SYSTEM, AcceptInvitation(1, b"", b"k" * 32))
    return SYSTEM, AcceptInvitation(1, b"", b"k" * 32)


@_example(Code.UNKNOWN_MARKET)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ann, PlaceOrder(market + 1, BUY, 15, 1)


@_example(Code.MARKET_NOT_OPEN)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    world.set_status(market, MarketStatus.HALTED)
    return ann, PlaceOrder(market, BUY, 15, 1)


@_example(Code.MARKET_PAUSED)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    world.set_status(market, MarketStatus.PAUSED)
    return ann, PlaceOrder(market, BUY, 15, 1)


@_example(Code.MARKET_SETTLED)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    world.settle(market, 15)
    return ADMIN, SettleMarket(market, 15)


@_example(Code.MARKET_NOT_SETTLED)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ADMIN, UnsettleMarket(market)


@_example(Code.FUND_SETTLES_ITSELF)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ADMIN, SettleMarket(world.fund({market: 1}), 15)


@_example(Code.NOT_A_FUND)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ann, Redeem(market, 1)


@_example(Code.PRICE_OUT_OF_BOUNDS)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ann, PlaceOrder(market, BUY, 9, 1)


@_example(Code.UNKNOWN_ORDER)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ann, AmendOrder(market, world.bid(bob, market, 15), size=2)


@_example(Code.ORDER_ENDED)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ann, CancelOrder(market, world.bid(ann, market, 15, time_in_force=TimeInForce.IOC))


@_example(Code.WOULD_TRADE)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    world.offer(bob, market, 15)
    return ann, PlaceOrder(market, BUY, 15, 1, post_only=True)


@_example(Code.CANNOT_FILL)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ann, PlaceOrder(market, BUY, 15, 1, TimeInForce.FOK)


@_example(Code.SELF_TRADE)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    world.offer(ann, market, 15)
    return ann, PlaceOrder(market, BUY, 15, 1, TimeInForce.FOK)


@_example(Code.TOO_MANY_ORDERS)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    for _ in range(LIMITS.open_orders_per_market):
        world.bid(ann, market, 15)
    return ann, PlaceOrder(market, BUY, 15, 1)


@_example(Code.TOO_MANY_FILLS)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    for _ in range(LIMITS.fills_per_command + 1):
        world.offer(bob, market, 15)
    return ann, PlaceOrder(market, BUY, 15, 9)


@_example(Code.POSITION_LIMIT)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ann, PlaceOrder(world.market(position_limit=3), SELL, 15, 4)


@_example(Code.AMBIGUOUS_TAG)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    for _ in range(2):
        world.bid(ann, market, 15, tag=b"mine")
    return ann, CancelOrder(market, 0, b"mine")


@_example(Code.INSUFFICIENT_FUNDS)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ann, PlaceOrder(market, BUY, 15, 21)


@_example(Code.REACH)
def _(world: World, ann: Actor, bob: Actor, market: int) -> tuple[Actor, Command]:
    return ADMIN, Grant(ann.account_id, CASH_MAX, "")
