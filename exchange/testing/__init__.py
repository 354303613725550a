"""An exchange for tests of bots: the real one, in this process, on streams in memory and the clock of the test.

With pytest and pytest-trio a test asks for the fixture ``exchange``, and for ``autojump_clock`` to have an hour of
market in seconds::

    async def test_maker_survives_an_hour(exchange, autojump_clock):
        market = await exchange.market("Rain on Friday", low=0, high=100)
        async with exchange.running(maker.run), exchange.crowd(noise=5, informed=1, seed=7):
            await trio.sleep(3600)
        assert exchange.account("maker").equity > 0

Without pytest, :func:`open_exchange` is the same thing, and :func:`backtest` runs a bot against a recording. A bot is
an async function that takes an :class:`~exchange_client.Exchange`.
"""

from exchange.testing.backtest import BacktestResult, backtest
from exchange.testing.crowd import Crowd
from exchange.testing.memory import AccountView, Bot, MemoryExchange, open_exchange
from exchange.testing.recording import BadRecording

__all__ = [
    "AccountView", "BacktestResult", "BadRecording", "Bot", "Crowd", "MemoryExchange", "backtest", "open_exchange",
]  # fmt: skip
