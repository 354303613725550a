"""The markets of the demo, and what they are really worth, which only one of the bots knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from random import Random
from typing import Protocol

_DRIFT = 0.004  # of the span, in one step: the value wanders across a tenth of it in about a minute
_PULL = 0.004  # of the way back to where it began, so that it stays away from the bounds
_EDGE = 0.05  # of the span next to each bound where it never goes


@dataclass(frozen=True, slots=True)
class Plan:
    """A market to be. Prices are hundredths; so is ``lot``, the size that bots count in.

    ``step`` is what bots round prices to, so that they look like prices people make. ``value`` is what it is worth in
    the beginning. A fund has a ``basket`` of markets before it with how many of each it holds, and bounds, value and
    lots that follow from it: a lot of the fund is a lot of each.
    """

    name: str
    group: str
    short_name: str
    description: str
    low: int
    high: int
    step: int
    lot: int
    value: int
    basket: tuple[tuple[str, int], ...] = ()
    redeem_fee: int = 0

    @property
    def span(self) -> int:
        """From bound to bound."""
        return self.high - self.low


GROUPS = {
    "School": "What happens here, this week.",
    "Sport": "What everybody talks about on Monday.",
}

PLANS = (
    Plan(
        name="Rain on Friday",
        group="School",
        short_name="Rain",
        description="Settles at 100 if it rains at the school between 8 and 16 o'clock on Friday, and at 0 if it stays"
        " dry. So the price is a chance in per cent.",
        low=0, high=100_00, step=10, lot=5_00, value=62_00,
    ),
    Plan(
        name="Goals in the final",
        group="Sport",
        short_name="Goals",
        description="Settles at the number of goals in Sunday's final, extra time included, and at 10 if there are"
        " more. So the price is how many are expected.",
        low=0, high=10_00, step=1, lot=50_00, value=4_10,
    ),
    Plan(
        name="Warmth at noon",
        group="School",
        short_name="Warmth",
        description="Settles at the temperature in the school yard tomorrow at noon, in degrees Celsius. It may well be"
        " below zero, and so may the price.",
        low=-10_00, high=30_00, step=4, lot=12_00, value=7_50,
    ),
    Plan(
        name="Jelly beans in the jar",
        group="School",
        short_name="Beans",
        description="Settles at the number of jelly beans in the jar on the teacher's desk, once they have been counted"
        " (and before they are eaten).",
        low=0, high=1_000_00, step=100, lot=1_00, value=437_00,
    ),
    Plan(
        name="Rain and goals",
        group="Sport",
        short_name="Fund",
        description="A fund: holds one of Rain on Friday and ten of Goals in the final, and settles at what they come"
        " to. Swap it for them, or make it of them, whenever the prices do not agree.",
        low=0, high=200_00, step=10, lot=5_00, value=103_00,
        basket=(("Rain on Friday", 1), ("Goals in the final", 10)), redeem_fee=10,
    ),
)  # fmt: skip


class Worth(Protocol):
    """What a market is really worth, in hundredths."""

    @property
    def price(self) -> float:
        """As of now."""

    def drift(self) -> None:
        """Takes one step."""


def values_of(plans: Iterable[Plan], seed: int) -> dict[str, Worth]:
    """What each is worth, by name."""
    values: dict[str, Worth] = {}
    for plan in plans:
        parts = [(values[name], many) for name, many in plan.basket]
        values[plan.name] = Basket(parts) if parts else Value(plan, Random(f"{seed} {plan.name}"))
    return values


class Value:
    """What a market is really worth: wanders slowly, and stays off the bounds."""

    def __init__(self, plan: Plan, random: Random) -> None:
        self.price = float(plan.value)
        self._plan = plan
        self._random = random

    def drift(self) -> None:
        """Takes one step."""
        plan = self._plan
        pull = (plan.value - self.price) * _PULL
        price = self.price + pull + self._random.gauss(0, plan.span * _DRIFT)
        self.price = min(max(price, plan.low + plan.span * _EDGE), plan.high - plan.span * _EDGE)


class Basket:
    """What a fund is really worth: what its constituents are."""

    def __init__(self, parts: list[tuple[Worth, int]]) -> None:
        self._parts = parts

    @property
    def price(self) -> float:
        """The sum, as of now."""
        return sum(part.price * many for part, many in self._parts)

    def drift(self) -> None:
        """It moves with its constituents."""
