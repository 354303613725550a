"""What the demo's bots do with what they see."""

from dataclasses import dataclass, field
from random import Random
from typing import Any, cast

import pytest

from exchange.demo.bots.accumulator import Accumulator
from exchange.demo.bots.arbitrageur import Arbitrageur
from exchange.demo.bots.contrarian import Contrarian
from exchange.demo.bots.informed import Informed
from exchange.demo.bots.market_maker import MarketMaker
from exchange.demo.bots.momentum import Momentum
from exchange.demo.bots.noise import Noise
from exchange.demo.bots.patient_maker import PatientMaker
from exchange.demo.bots.strategy import clamp
from exchange.demo.plans import GROUPS, PLANS, Plan, Value, values_of
from exchange.demo.record import Record
from exchange.demo.spot import Spot
from exchange_client import Exchange, Level, Market, Number, OrderResult, RefusalCode, Refused, Side, TimeInForce
from exchange_client.number import in_cash

RAIN = PLANS[0]
PERCENT = 1_00


@dataclass
class Seen:
    """Stands for a spot: shows what it is told to and notes what is done."""

    mark: int = 50_00
    position: float = 0.0
    plan: Plan = RAIN
    percent: float = PERCENT
    takes: list[tuple[Side, int, float]] = field(default_factory=list)
    rests: list[tuple[Side, int, float]] = field(default_factory=list)
    quotes: dict[str, tuple[int, float]] = field(default_factory=dict)
    wanted: float = 0.0
    bid: int | None = None
    offer: int | None = None
    parts: list["Seen"] = field(default_factory=list)
    swapped: float = 0.0

    async def swap(self, lots: float) -> None:
        self.swapped += lots
        self.position -= lots
        for part in self.parts:
            part.position += lots

    async def take(self, side: Side, lots: int, *, worst: float) -> None:
        self.takes.append((side, lots, worst))

    async def rest(self, side: Side, lots: int, price: float, *, seconds: float) -> None:
        self.rests.append((side, lots, price))

    async def approach(self, position: float, **_: Any) -> None:
        self.wanted = position

    async def quote(self, name: str, side: Side, lots: int, price: float, **_: Any) -> None:
        self.quotes[name] = lots, price


def _spot(seen: Seen) -> Spot:
    return cast(Spot, seen)


async def test_the_maker_quotes_lower_the_more_it_holds() -> None:
    seen = Seen()
    maker = MarketMaker(_spot(seen), Random(1))
    await maker.look()
    bid, offer = seen.quotes["bid"][1], seen.quotes["offer"][1]
    assert (bid, offer) == (49_50, 50_50)
    seen.position = 5
    await maker.look()
    assert seen.quotes["bid"][1] < bid
    assert seen.quotes["offer"][1] - seen.quotes["bid"][1] == offer - bid


async def test_the_maker_stops_buying_when_it_is_full() -> None:
    seen = Seen(position=MarketMaker.lots_held_max)
    await MarketMaker(_spot(seen), Random(1)).look()
    assert (seen.quotes["bid"][0], seen.quotes["offer"][0]) == (0, MarketMaker.lots)


async def test_the_patient_maker_waits_further_off_with_more() -> None:
    seen = Seen()
    await PatientMaker(_spot(seen), Random(1)).look()
    assert seen.quotes["BUY 0"][1] > seen.quotes["BUY 1"][1]
    assert seen.quotes["SELL 1"][0] > seen.quotes["SELL 0"][0]


@pytest.mark.parametrize(("kind", "sign"), [(Momentum, 1), (Contrarian, -1)])
async def test_what_rises_is_bought_or_sold(kind: type[Momentum] | type[Contrarian], sign: int) -> None:
    seen = Seen()
    bot = kind(_spot(seen), Random(1))
    await bot.look()
    assert seen.wanted == 0
    seen.mark += 5 * PERCENT
    await bot.look()
    assert seen.wanted * sign > 0
    for _ in range(500):
        await bot.look()
    assert seen.wanted == 0


async def test_the_informed_trades_up_to_an_edge_from_the_value() -> None:
    seen = Seen()
    value = Value(RAIN, Random(1))
    value.price = 60_00.0
    await Informed(_spot(seen), Random(1), value).look()
    edge = Informed.edge * PERCENT
    assert [(side, worst) for side, _, worst in seen.takes] == [(Side.BUY, 60_00 - edge), (Side.SELL, 60_00 + edge)]
    seen.takes.clear()
    seen.position = Informed.lots_held_max
    await Informed(_spot(seen), Random(1), value).look()
    assert [side for side, _, _ in seen.takes] == [Side.SELL]


async def test_the_accumulator_turns_round_at_its_target() -> None:
    seen = Seen()
    bot = Accumulator(_spot(seen), Random(1))
    await bot.look()
    first = seen.wanted
    seen.position = first
    await bot.look()
    assert first * seen.wanted < 0


async def test_noise_only_reduces_what_is_too_much() -> None:
    seen = Seen(position=-Noise.lots_held_max)
    bot = Noise(_spot(seen), Random(1))
    for _ in range(20):
        await bot.look()
    assert {side for side, *_ in seen.takes + seen.rests} == {Side.BUY}
    assert seen.takes
    assert seen.rests


FUND = next(plan for plan in PLANS if plan.basket)


def _fund() -> Seen:
    """A fund of rain, from 61 to 62, and ten goals, from 40 to 41."""
    rain, goals = Seen(bid=61_00, offer=62_00), Seen(bid=4_00, offer=4_10)
    return Seen(plan=FUND, percent=FUND.span / 100, parts=[rain, goals])


async def test_the_arbitrageur_trades_a_fund_only_beyond_what_its_constituents_fetch_or_cost() -> None:
    fund = _fund()
    await Arbitrageur(_spot(fund), Random(1)).look()
    margin = FUND.redeem_fee + Arbitrageur.edge * fund.percent
    assert [(side, worst) for side, _, worst in fund.takes] == [
        (Side.BUY, 101_00 - margin),
        (Side.SELL, 103_00 + margin),
    ]
    assert {name: price for name, (_, price) in fund.quotes.items()} == {
        "bid": 101_00 - margin,
        "offer": 103_00 + margin,
    }
    fund.parts[1].bid = None
    fund.takes.clear()
    await Arbitrageur(_spot(fund), Random(1)).look()
    assert [side for side, *_ in fund.takes] == [Side.SELL], "nobody bids for the goals"


@pytest.mark.parametrize("held", [3, -2])
async def test_the_arbitrageur_swaps_what_it_has_and_trades_away_the_rest(held: int) -> None:
    fund = _fund()
    fund.position = held
    for part in fund.parts:
        part.wanted = 7
    await Arbitrageur(_spot(fund), Random(1)).look()
    assert (fund.swapped, fund.position) == (held, 0)
    assert [(part.position, part.wanted) for part in fund.parts] == [(held, 0)] * 2


async def test_the_arbitrageur_leaves_markets_that_are_no_funds_alone() -> None:
    seen = Seen(bid=49_00, offer=51_00)
    await Arbitrageur(_spot(seen), Random(1)).look()
    assert not seen.takes
    assert not seen.quotes


def test_the_plan_of_a_fund_follows_from_its_constituents() -> None:
    by_name = {plan.name: plan for plan in PLANS}
    parts = [(by_name[name], many) for name, many in FUND.basket]
    for bound in ("low", "high", "value"):
        assert getattr(FUND, bound) == sum(getattr(part, bound) * many for part, many in parts)
    assert all(part.lot == FUND.lot * many for part, many in parts), "a lot of it is a lot of each"
    assert {plan.group for plan in PLANS} == GROUPS.keys()
    values = values_of(PLANS, 1)
    for value in values.values():
        value.drift()
    assert values[FUND.name].price == sum(values[part.name].price * many for part, many in parts)


@pytest.mark.parametrize("plan", [plan for plan in PLANS if not plan.basket], ids=lambda plan: plan.name)
def test_values_wander_and_stay_off_the_bounds(plan: Plan) -> None:
    value = Value(plan, Random(7))
    prices = []
    for _ in range(20_000):
        value.drift()
        prices.append(value.price)
    assert plan.low < min(prices) < plan.value < max(prices) < plan.high
    assert max(prices) - min(prices) > plan.span * 0.1


def test_clamp_keeps_the_sign() -> None:
    assert [clamp(value, 2) for value in (-5, -1, 0, 1, 5)] == [-2, -1, 0, 1, 2]


# The spot itself, on an exchange that only notes.


class FakeExchange:
    """Enough of a client for a spot: an account, and orders that always rest."""

    def __init__(self, *, available: int = 10**9) -> None:
        self.available = in_cash(available)
        self.orders: dict[int, Any] = {}
        self.asked: list[Any] = []
        self.refusal: Refused | None = None
        self.market = FakeMarket(self)


class FakeMarket:
    mark = Number(50)
    best_bid: Level | None = Level(Number(49), Number(10), 1)
    best_offer: Level | None = Level(Number(51), Number(10), 1)
    position = Number(0)

    def __init__(self, exchange: FakeExchange) -> None:
        self.exchange = exchange

    async def buy(self, size: float, **options: Any) -> OrderResult:
        return self._place(Side.BUY, size, **options)

    async def sell(self, size: float, **options: Any) -> OrderResult:
        return self._place(Side.SELL, size, **options)

    def _place(self, side: Side, size: float, *, at: float, **options: Any) -> OrderResult:
        exchange = self.exchange
        if exchange.refusal is not None:
            raise exchange.refusal
        exchange.asked.append((side, size, at, options["time_in_force"]))
        number = len(exchange.asked)
        order = {"price": Number(at), "size": Number(size), "remaining": Number(size), "order_id": number}
        exchange.orders[number] = type("Order", (), order)
        nothing = Number(0)
        return OrderResult(number, nothing, nothing, Number(size), nothing, number, number)

    async def amend(self, order: Any, *, price: float, size: Number) -> None:
        self.exchange.asked.append(("amend", size, price))

    async def cancel(self, order: Any) -> None:
        self.exchange.asked.append(("cancel",))


def _real_spot(exchange: FakeExchange) -> tuple[Spot, Record]:
    record = Record()
    return Spot(cast(Exchange, exchange), cast(Market, exchange.market), RAIN, record), record


async def test_nothing_is_sent_where_nothing_is_so_good() -> None:
    exchange = FakeExchange()
    spot, record = _real_spot(exchange)
    await spot.take(Side.BUY, 1, worst=50_99)
    await spot.take(Side.SELL, 1, worst=49_01)
    assert exchange.asked == []
    await spot.take(Side.BUY, 1, worst=51_07)
    assert exchange.asked == [(Side.BUY, 5, 51, TimeInForce.IOC)]
    assert (record.order_ids, len(record.latencies)) == ({1}, 1)


async def test_quotes_are_rounded_away_from_the_price_and_do_not_cross() -> None:
    exchange = FakeExchange()
    spot, _ = _real_spot(exchange)
    await spot.quote("bid", Side.BUY, 1, 50_17)
    await spot.quote("offer", Side.SELL, 1, 50_13)
    await spot.quote("high bid", Side.BUY, 1, 70_00)
    assert [price for _, _, price, _ in exchange.asked] == [50.1, 50.2, 50.9]


async def test_a_quote_is_moved_only_when_it_is_too_far_off_or_half_gone() -> None:
    exchange = FakeExchange()
    spot, record = _real_spot(exchange)
    await spot.quote("bid", Side.BUY, 2, 48_00)
    await spot.quote("bid", Side.BUY, 2, 48_40, tolerance=50)
    assert len(exchange.asked) == 1
    exchange.orders[1].remaining = Number(2)
    await spot.quote("bid", Side.BUY, 2, 48_00)
    assert exchange.asked[-1] == ("amend", 18, 48)
    await spot.quote("bid", Side.BUY, 0, 48_00)
    assert exchange.asked[-1] == ("cancel",)
    assert record.changes == 2


async def test_an_order_that_could_cost_too_much_is_not_sent() -> None:
    exchange = FakeExchange(available=5_00 * 51_00)
    spot, _ = _real_spot(exchange)
    await spot.take(Side.BUY, 1, worst=51_00)
    assert exchange.asked == []
    exchange.market.position = Number(-5)
    await spot.take(Side.BUY, 1, worst=51_00)
    assert len(exchange.asked) == 1


async def test_a_refusal_is_counted_and_ignored() -> None:
    exchange = FakeExchange()
    spot, record = _real_spot(exchange)
    exchange.refusal = Refused(RefusalCode.WOULD_TRADE, 1, "It would.")
    await spot.quote("bid", Side.BUY, 1, 48_00)
    assert (record.orders, record.orders_refused, record.refusals["WOULD_TRADE"]) == (1, 1, 1)
