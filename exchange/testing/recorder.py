"""Records a running exchange as one of its clients: the books as they are, and then everything that happens."""

import json
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import trio
import typer

from exchange.testing.recording import VERSION, open_lines
from exchange_client import Exchange, ExchangeError, MarketStatus, Side, TimeInForce, connect
from exchange_client.dialing import parse_url

_FLUSH_SECONDS = 1.0  # a recorder that is killed loses no more


def run_program(url: str, file: Path, token: str, seconds: float | None, *, as_json: bool) -> int:
    """Records; returns the exit code."""
    try:
        parse_url(url)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from None
    try:
        steps = trio.run(_record_until_told, url, file, token, seconds)
    except (ExchangeError, OSError, BaseExceptionGroup) as error:
        first: BaseException = error
        while isinstance(first, BaseExceptionGroup):
            first = first.exceptions[0]
        if not isinstance(first, ExchangeError | OSError):
            raise
        typer.echo(f"The recording ended: {first}", err=True)
        return 1
    typer.echo(json.dumps({"file": str(file), "steps": steps}) if as_json else f"{file}: {steps:,} steps recorded.")
    return 0


async def _record_until_told(url: str, file: Path, token: str, seconds: float | None) -> int:
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals, trio.CancelScope() as scope:
        if seconds is not None:
            scope.deadline = trio.current_time() + seconds
        counted = [0]

        async def stop_at_signal() -> None:
            async for _ in signals:
                scope.cancel()
                return

        async with trio.open_nursery() as nursery:
            nursery.start_soon(stop_at_signal)
            async with connect(url, token=token, cancel_on_exit=False) as exchange:
                await record(exchange, file, lambda: counted.__setitem__(0, counted[0] + 1))
    return counted[0]


async def record(exchange: Exchange, file: Path, on_step: Callable[[], None]) -> None:
    """Writes until cancelled. Raises :class:`~exchange_client.MissedEvents` where it could not see everything."""
    with open_lines(file, "wt") as lines, exchange.feed() as feed:

        def write(step: dict[str, Any]) -> None:
            lines.write(json.dumps(step, separators=(",", ":")) + "\n")

        began = exchange.time
        write({"recording": VERSION, "began": began})
        for step in _present(exchange):
            write({"t": 0, **step})
            on_step()
        flushed = trio.current_time()
        async for fact in feed:
            made = step_of(fact.kind, fact.fields)
            if made is not None:
                write({"t": max(0, fact.time - began), **made})
                on_step()
            if trio.current_time() - flushed > _FLUSH_SECONDS:
                lines.flush()
                flushed = trio.current_time()


def _present(exchange: Exchange) -> Iterator[dict[str, Any]]:
    """The markets that are not settled, and their books."""
    for market in exchange.markets:
        if market.status is MarketStatus.SETTLED:
            continue
        low, high = market.low.hundredths, market.high.hundredths
        yield {"do": "open", "market": market.market_id, "name": market.name, "low": low, "high": high}
        for order in market.book.orders.values():
            yield {
                "do": "place", "market": market.market_id, "order": order.order_id, "account": order.account_id,
                "buy": order.side is Side.BUY, "price": order.price.hundredths, "size": order.remaining.hundredths,
                "now": False,
            }  # fmt: skip


def step_of(kind: str, fields: Any) -> dict[str, Any] | None:
    """A fact of the feed as a step of a recording; None for what is no doing of anybody's in a market."""
    market = fields.get("market_id", 0)
    if kind == "market_created":
        made = fields["market"]
        low, high = made.get("low", 0), made.get("high", 0)
        return {"do": "open", "market": made["market_id"], "name": made["name"], "low": low, "high": high}
    if kind in ("order_placed", "order_amended"):
        step = {
            "do": "place" if kind == "order_placed" else "amend", "market": market, "order": fields["order_id"],
            "account": fields.get("account_id", 0), "price": fields.get("price", 0), "size": fields["size"],
        }  # fmt: skip
        if kind == "order_placed":
            step["buy"] = fields["side"] == Side.BUY
            step["now"] = fields.get("time_in_force") in (TimeInForce.IOC, TimeInForce.FOK)
        return step
    if kind == "orders_cancelled":
        return {"do": "cancel", "market": market, "orders": list(fields["order_ids"])}
    if kind == "market_settled":
        return {"do": "settle", "market": market, "price": fields.get("price", 0)}
    return None
