"""The markets of the demo, and what they are really worth, which only one of the bots knows."""

from dataclasses import dataclass
from random import Random

_DRIFT = 0.004  # of the span, in one step: the value wanders across a tenth of it in about a minute
_PULL = 0.004  # of the way back to where it began, so that it stays away from the bounds
_EDGE = 0.05  # of the span next to each bound where it never goes


@dataclass(frozen=True, slots=True)
class Plan:
    """A market to be. Prices are hundredths; so is ``lot``, the size that bots count in.

    ``step`` is what bots round prices to, so that they look like prices people make. ``value`` is what it is worth in
    the beginning.
    """

    name: str
    short_name: str
    description: str
    low: int
    high: int
    step: int
    lot: int
    value: int

    @property
    def span(self) -> int:
        """From bound to bound."""
        return self.high - self.low


PLANS = (
    Plan(
        name="Rain on Friday",
        short_name="Rain",
        description="Settles at 100 if it rains at the school between 8 and 16 o'clock on Friday, and at 0 if it stays"
        " dry. So the price is a chance in per cent.",
        low=0, high=100_00, step=10, lot=5_00, value=62_00,
    ),
    Plan(
        name="Goals in the final",
        short_name="Goals",
        description="Settles at the number of goals in Sunday's final, extra time included, and at 10 if there are"
        " more. So the price is how many are expected.",
        low=0, high=10_00, step=1, lot=50_00, value=4_10,
    ),
    Plan(
        name="Warmth at noon",
        short_name="Warmth",
        description="Settles at the temperature in the school yard tomorrow at noon, in degrees Celsius. It may well be"
        " below zero, and so may the price.",
        low=-10_00, high=30_00, step=4, lot=12_00, value=7_50,
    ),
    Plan(
        name="Jelly beans in the jar",
        short_name="Beans",
        description="Settles at the number of jelly beans in the jar on the teacher's desk, once they have been counted"
        " (and before they are eaten).",
        low=0, high=1_000_00, step=100, lot=1_00, value=437_00,
    ),
)  # fmt: skip


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
