"""What a person sees while the demo runs: a table of markets, a table of bots, and how fast answers come."""

from collections.abc import Iterator
from itertools import islice

import trio
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from exchange.demo.floor import RATE_SECONDS, Floor, Seat
from exchange.demo.plans import PLANS
from exchange.demo.result import percentile
from exchange_client import Exchange, Number

REDRAW_SECONDS = 0.5
_PLAIN_SECONDS = 5.0  # between lines where nothing can be redrawn
_LATENCIES = 100  # of each bot, for what is shown as latency now
_WIDTH_WITH_TEMPERS = 100  # columns
_HUNDREDTHS = 100
_SECOND = 1_000_000_000


async def show(floor: Floor, console: Console) -> None:
    """Draws from when the floor is open until it closes. Where output is no terminal, a line now and then."""
    await floor.opened.wait()
    if console.is_terminal:
        with Live(draw(floor, console.width), console=console, auto_refresh=False) as live:
            while not await _closes_within(REDRAW_SECONDS, floor):
                live.update(draw(floor, console.width), refresh=True)
    else:
        while not await _closes_within(_PLAIN_SECONDS, floor):
            console.print(_status(floor), soft_wrap=True)
    console.print("\nClosing: the bots leave, the exchange drains, and the file is checked.", style="dim")


async def _closes_within(seconds: float, floor: Floor) -> bool:
    with trio.move_on_after(seconds):
        await floor.closing.wait()
    return floor.closing.is_set()


def draw(floor: Floor, width: int) -> RenderableType:
    """Everything, as of now, in so many columns."""
    if floor.organiser is None:
        return Text("…")
    return Group(_markets(floor, floor.organiser), _bots(floor, tempers=width >= _WIDTH_WITH_TEMPERS), _status(floor))


def _markets(floor: Floor, exchange: Exchange) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    table.add_column("Market", min_width=22, no_wrap=True)
    for heading in ("Last", "Bid", "Offer", "Volume", "Trades/s"):
        table.add_column(heading, justify="right", min_width=8, no_wrap=True)
    since = exchange.time - RATE_SECONDS * _SECOND
    for plan in PLANS:
        market = exchange.markets[plan.name]
        bid, offer = market.best_bid, market.best_offer
        recent = floor.tape.recent.get(market.market_id, ())
        rate = sum(time >= since for time in recent) / RATE_SECONDS
        table.add_row(
            plan.name,
            _price(market.last_price),
            Text(_price(bid and bid.price), style="green"),
            Text(_price(offer and offer.price), style="red"),
            f"{floor.tape.volumes[market.market_id] / _HUNDREDTHS:,.0f}",
            f"{rate:.1f}",
        )
    return table


def _bots(floor: Floor, *, tempers: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", expand=False)
    table.add_column("\nBot", no_wrap=True)
    for plan in PLANS:
        table.add_column(f"\n{plan.short_name}", justify="right", min_width=6, no_wrap=True)
    for heading in ("\nEquity", "\nProfit", "\nOrders", "\nFills"):
        table.add_column(heading, justify="right", min_width=6, no_wrap=True)
    for seat in floor.seats:
        table.add_row(*_bot(seat, tempers=tempers))
    return table


def _bot(seat: Seat, *, tempers: bool) -> Iterator[RenderableType]:
    yield Text.assemble(f"{seat.role.name:<14}", (f" {seat.role.temper}" if tempers else "", "dim"))
    exchange = seat.exchange
    if exchange is None:
        return
    for plan in PLANS:
        held = exchange.markets[plan.name].position
        yield Text(f"{held:+,.0f}" if held else "·", style="green" if held > 0 else "red" if held else "dim")
    equity = exchange.portfolio.equity
    profit = equity - seat.funded if seat.funded else Number(0)
    yield f"{equity:,.0f}"
    yield Text(f"{profit:+,.0f}", style="green" if profit >= 0 else "red")
    yield f"{seat.record.orders + seat.record.changes:,}"
    yield f"{len(seat.record.fills):,}"


def _status(floor: Floor) -> Text:
    records = [seat.record for seat in floor.seats]
    now = [latency for record in records for latency in islice(reversed(record.latencies), _LATENCIES)]
    seconds = int(trio.current_time() - floor.opened_at)
    exchange = floor.organiser
    state = exchange.connection.value if exchange is not None else "connecting"
    lag = f" · lag {exchange.lag * 1_000:.1f} ms" if exchange is not None else ""
    return Text(
        f"\n{seconds // 60}:{seconds % 60:02} · {len(floor.tape.trades):,} trades"
        f" · {sum(record.orders_refused for record in records):,} refused"
        f" · answers {percentile(now, 0.5) * 1_000:.1f} ms (99 %: {percentile(now, 0.99) * 1_000:.1f}){lag} · {state}",
        style="dim",
        no_wrap=True,
        overflow="ellipsis",
    )


def _price(price: Number | None) -> str:
    return "–" if price is None else f"{price:,.2f}"
