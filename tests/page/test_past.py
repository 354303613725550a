"""What was: the portfolio's fills and equity, and a market's past told again, with the real exchange behind it."""

import csv
from collections.abc import Callable
from random import Random
from typing import Any

import trio
from playwright.sync_api import expect

from exchange_client import Exchange, Refused, connect
from tests.page.stage import Server, Visitor

Come = Callable[..., Visitor]
TALL = {"width": 1440, "height": 1200}
Levels = dict[tuple[str, int], str]
BOTS = ("Bot one", "Bot two", "Bot three")


async def _busy(exchanges: list[Exchange], name: str, chance: Random, steps: int) -> None:
    """Everything that moves a book, at a dozen prices, so that all of it is in sight on the ladder."""
    for _ in range(steps):
        exchange = chance.choice(exchanges)
        market = exchange.markets[name]
        own = [order for order in exchange.orders.values() if order.market_id == market.market_id]
        price, size = chance.randrange(45, 56), chance.randrange(1, 9)
        try:
            match chance.randrange(8):
                case 0 if own:
                    await market.cancel(chance.choice(own))
                case 1 if own:
                    await market.amend(chance.choice(own), price=price, size=size + 10)
                case 2:
                    await market.buy(size, time_in_force="IOC", at=price)
                case 3 | 4:
                    await market.sell(size, at=price)
                case _:
                    await market.buy(size, at=price)
        except Refused:
            pass  # an order that has ended meanwhile, or one without counterpart


async def _look(url: str, name: str) -> tuple[int, Levels]:
    """The book as somebody is told it who comes now, and where it changed last. Nobody else may be trading."""
    async with connect(url, token="dev:Witness") as exchange:
        market = exchange.markets[name]
        found: Levels = {}
        for side, levels in (("bid", market.book.bids), ("offer", market.book.offers)):
            for level in levels:
                found[side, level.price.hundredths] = f"{level.size}"
        return (await market.get_facts(limit=1)).next, found


def _live(server: Server, name: str, *, seed: int, rounds: int = 5, steps: int = 160) -> list[tuple[int, Levels]]:
    """Let bots trade, and look at the book now and then."""
    url = f"ws://127.0.0.1:{server.port}/ws"

    async def run() -> list[tuple[int, Levels]]:
        seen: list[tuple[int, Levels]] = []
        chance = Random(seed)
        with trio.fail_after(60):
            async with (
                connect(url, token=f"dev:{BOTS[0]}", cancel_on_exit=False) as one,
                connect(url, token=f"dev:{BOTS[1]}", cancel_on_exit=False) as two,
                connect(url, token=f"dev:{BOTS[2]}", cancel_on_exit=False) as three,
            ):
                for _ in range(rounds):
                    await _busy([one, two, three], name, chance, steps)
                    seen.append(await _look(url, name))
        return seen

    return trio.run(run)


def _ladder(someone: Visitor) -> Levels:
    """What the ladder shows."""
    size = "row.querySelector('[data-testid=size]').innerText"
    rows: list[list[str]] = someone.page.locator("[data-testid=ladder] [data-price]").evaluate_all(
        f"rows => rows.map(row => [row.dataset.side, row.dataset.price, {size}])"
    )
    return {(side, int(price)): size for side, price, size in rows}


def _text_of(levels: Levels) -> Levels:
    return {key: size.removesuffix(".00") for key, size in levels.items()}


def test_the_replayed_book_is_that_of_the_exchange_at_every_sequence(come: Come, server: Server, market: str) -> None:
    seen = _live(server, market, seed=11)
    ada = come("Ada", at=market, viewport=TALL)
    latest = _text_of(seen[-1][1])
    expect(ada.page.locator("[data-testid=ladder] [data-price]")).to_have_count(len(latest))
    assert _ladder(ada) == latest, "the live one first"
    address = ada.page.url
    # By a link, then by the field, forwards and back: keyframes are passed either way.
    ada.page.goto(f"{address}/replay?at={seen[2][0]}")
    for sequence, levels in (seen[2], seen[4], seen[0], seen[3], seen[1]):
        if sequence != seen[2][0]:
            ada.page.get_by_label("Go to a sequence").fill(str(sequence))
            ada.page.get_by_role("button", name="Go", exact=True).click()
        expect(ada.page.get_by_test_id("replay-sequence")).to_have_text(str(sequence))
        assert _ladder(ada) == _text_of(levels), sequence
    expect(ada.page.get_by_text("Replaying the past")).to_be_visible()
    expect(ada.page.get_by_test_id("send")).to_have_count(0)


def test_a_replay_plays_steps_and_begins_where_the_market_was_made(come: Come, server: Server, market: str) -> None:
    _live(server, market, seed=12, rounds=1, steps=60)
    bea = come("Bea", at=market)
    bea.page.get_by_label("Replay its past").click()
    place = bea.page.get_by_test_id("replay-place")
    expect(place).to_contain_text("event 1 of")
    expect(bea.page.get_by_test_id("events")).to_contain_text("The market is made")
    assert _ladder(bea) == {}
    bea.page.get_by_label("One event on").click()
    expect(place).to_contain_text("event 2 of")
    bea.page.keyboard.press("Shift+ArrowRight")
    bea.page.keyboard.press("Home")
    expect(place).to_contain_text("event 1 of")
    slider = bea.page.get_by_test_id("replay-slider")
    last = slider.get_attribute("max")
    bea.page.get_by_role("radio", name="100×").click()
    bea.page.get_by_label("Play", exact=True).click()
    expect(slider).to_have_js_property("value", last)
    expect(bea.page.get_by_label("Play", exact=True)).to_be_visible()
    bea.page.get_by_role("link", name="Leave").click()
    expect(bea.page.get_by_label("Order ticket").get_by_test_id("send")).to_be_visible()


def test_pauses_and_own_fills_from_before_the_page_was_opened_are_on_the_chart(
    come: Come, server: Server, market: str
) -> None:
    cat, dan = come("Cat", at=market), come("Dan", at=market)
    cat.place("Sell", "5", "60")
    expect(dan.level("offer", 6000)).to_have_count(1)
    dan.place("Buy", "5", "60", "ioc")
    dan.said("Bought 5 at 60.00")

    async def pause(exchange: Exchange) -> None:
        await exchange.markets[market].pause()
        await exchange.markets[market].open()

    server.organise(pause)
    dan.page.reload()
    chart = dan.page.get_by_test_id("chart")
    expect(chart).to_have_attribute("data-marks", "1")
    expect(chart).to_have_attribute("data-pauses", "1")
    dan.page.get_by_role("tab", name="Participants").click()
    for name in ("Cat", "Dan"):
        expect(dan.page.get_by_label("Position and details").locator("tr", has_text=name)).to_contain_text("5")


def test_the_portfolio_adds_up_sorts_and_has_every_fill(come: Come, server: Server, market: str, tmp_path: Any) -> None:
    eve, finn = come("Eve", at=market), come("Finn", at=market)
    for price in ("40", "41"):
        finn.place("Sell", "10", price)
    expect(eve.level("offer", 4100)).to_have_count(1)
    eve.place("Buy", "15", "41", "ioc")
    eve.said("Bought 15")
    eve.place("Buy", "4", "30")
    expect(eve.orders).to_have_count(1)
    eve.page.goto(f"{eve.url}/portfolio")
    page = eve.page
    row = page.get_by_test_id("holding").filter(has_text=market)
    # 10 at 40 and 5 at 41; the mark is 41; the bid could lose 4 × 30 at a settlement at 0.
    for text in ("+15", "40.33", "41.00", "615.00", "+10.00", "120.00"):
        expect(row).to_contain_text(text)
    expect(page.get_by_test_id("portfolio-equity")).to_have_text("10,010.00")
    expect(page.get_by_test_id("portfolio-profit")).to_have_text("+10.00")
    expect(page.get_by_test_id("totals")).to_contain_text("615.00")
    positions = page.get_by_test_id("positions")
    by_market = positions.get_by_role("columnheader", name="market")
    expect(positions.get_by_role("columnheader", name="value")).to_have_attribute("aria-sort", "descending")
    by_market.get_by_role("button").focus()
    page.keyboard.press("Enter")
    expect(by_market).to_have_attribute("aria-sort", "ascending")
    page.keyboard.press("Enter")
    expect(by_market).to_have_attribute("aria-sort", "descending")
    fills = page.get_by_test_id("fill")
    expect(fills).to_have_count(2)
    finn.place("Sell", "4", "30", "ioc")
    expect(fills).to_have_count(3)
    expect(fills.first).to_contain_text("maker")
    page.get_by_label("Only fills of this market").select_option(label=market)
    expect(fills).to_have_count(3)
    with page.expect_download() as saved:
        page.get_by_role("button", name="CSV").click()
    with saved.value.path().open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(line["side"], line["size"], line["price"], line["liquidity"]) for line in rows] == [
        ("buy", "10.00", "40.00", "taker"),
        ("buy", "5.00", "41.00", "taker"),
        ("buy", "4.00", "30.00", "maker"),
    ]


def test_equity_over_time_ends_at_what_is_there_after_settlements_and_redemptions(come: Come, server: Server) -> None:
    async def furnish(exchange: Exchange) -> None:
        parts = [await exchange.create_market(f"Half {n} of the curve", low=0, high=100) for n in (1, 2)]
        await exchange.create_market("Curve of both", constituents=dict.fromkeys(parts, 1))

    server.organise(furnish)
    gia, hal = come("Gia", at="Half 1 of the curve"), come("Hal", at="Half 1 of the curve")
    gia.place("Sell", "10", "50")
    expect(hal.level("offer", 5000)).to_have_count(1)
    hal.place("Buy", "10", "50", "ioc")
    hal.said("Bought 10 at 50.00")
    hal.enter("Curve of both")
    redeem = hal.page.get_by_test_id("redeem")
    redeem.get_by_role("textbox").fill("3")
    redeem.get_by_role("button", name="Redeem").click()
    hal.said("Redeemed 3 of Curve of both")

    async def settle(exchange: Exchange) -> None:
        await exchange.markets["Half 1 of the curve"].settle(80)

    server.organise(settle)
    # 10 bought at 50 are worth 80; of what was redeemed, the first half settles too, the rest stays at its marks.
    expect(hal.page.get_by_test_id("position")).to_have_text("−3")
    equity, points = "", ""
    for _ in range(20):  # the line is read once, up to the last whole second: until the settlement lies before that
        hal.page.goto(f"{hal.url}/portfolio")
        panel = hal.page.get_by_label("Equity over time")
        expect(panel).to_contain_text("exact at every 1 s")
        expect(panel).not_to_contain_text("Not exact")
        equity = hal.page.get_by_test_id("portfolio-equity").inner_text()
        points = hal.page.get_by_test_id("equity-chart").get_attribute("data-last") or ""
        if points == equity:
            break
    assert points == equity
    assert equity != "10,000.00"
