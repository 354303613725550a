"""Who trades in the demo."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from exchange.demo.bots.accumulator import Accumulator
from exchange.demo.bots.arbitrageur import Arbitrageur
from exchange.demo.bots.contrarian import Contrarian
from exchange.demo.bots.informed import Informed
from exchange.demo.bots.market_maker import MarketMaker
from exchange.demo.bots.momentum import Momentum
from exchange.demo.bots.noise import Noise
from exchange.demo.bots.patient_maker import PatientMaker
from exchange.demo.bots.strategy import Strategy
from exchange.demo.plans import Worth
from exchange.demo.spot import Spot

ORGANISER = "Organiser"


@dataclass(frozen=True, slots=True)
class Role:
    """A bot: its name, its temper in a few words, and what it does in one market."""

    name: str
    temper: str
    strategy: Callable[[Spot, Random], Strategy]


def cast(values: Mapping[str, Worth]) -> list[Role]:
    """All bots. ``values`` is what the markets are worth, by name; one bot is told."""

    def informed(spot: Spot, random: Random) -> Informed:
        return Informed(spot, random, values[spot.plan.name])

    return [
        Role("Mia Maker", "close quotes", MarketMaker),
        Role("Paul Patient", "wide quotes", PatientMaker),
        Role("Ida Informed", "knows the value", informed),
        Role("Moe Momentum", "follows the move", Momentum),
        Role("Carl Contrary", "bets on the return", Contrarian),
        Role("Stella Steady", "slice by slice", Accumulator),
        Role("Abe Arbitrage", "fund and parts", Arbitrageur),
        Role("Nora Noise", "on a whim", Noise),
        Role("Ned Noise", "on a whim", Noise),
    ]
