"""A bot against a recording, in one call."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import trio
from trio.testing import MockClock

from exchange.testing.memory import STAKE, Bot, name_of, open_exchange
from exchange.testing.recording import read_recording
from exchange_client import Exchange, Number, OwnFill

_AFTERWARDS_SECONDS = 1.0  # for what is still on its way


@dataclass(frozen=True)
class BacktestResult:
    """What a bot made of a recording: its cash and equity in the end, its profit, and all its fills."""

    cash: Number
    equity: Number
    profit: Number
    fills: tuple[OwnFill, ...]


def backtest(bot: Bot, recording: Path | str, *, cash: Any = STAKE, seed: int = 0, **settings: Any) -> BacktestResult:
    """Lets a bot trade through a recording, as fast as this machine can, and says what came of it.

    The recording is a file of ``exchange record``, or the database of an exchange. Its orders are placed again at the
    times they were; the bot's orders trade with them, in the exchange's own order and by its own rules. The same seed
    gives the same result.

    Funds are plain markets in it: what was redeemed is left out, and a bot that redeems is refused, ``NOT_A_FUND``. An
    arbitrage of a fund is tried on :func:`open_exchange`, with a fund that is made there, not on a recording.

    Raises :class:`BadRecording` or ``OSError`` where there is nothing to read, and what the bot raises.
    """
    return trio.run(_backtest, bot, Path(recording), cash, seed, settings, clock=MockClock(autojump_threshold=0))


async def _backtest(bot: Bot, recording: Path, cash: Any, seed: int, settings: dict[str, Any]) -> BacktestResult:
    tape = read_recording(recording)
    name = name_of(bot)
    async with open_exchange(seed, **settings) as exchange, exchange.replaying(tape) as over:
        async with exchange.connect(f"{name} watcher", cancel_on_exit=False):
            fills: list[OwnFill] = []

            async def watched(market: Exchange) -> None:
                with market.fills(buffer=1_000_000) as stream:
                    try:
                        await bot(market)
                    finally:
                        fills.extend(stream.pending())

            async with exchange.running(watched, name=name, cash=cash):
                await over.wait()
                await trio.sleep(_AFTERWARDS_SECONDS)
        account = exchange.account(name)
        return BacktestResult(account.cash, account.equity, account.profit, tuple(fills))
