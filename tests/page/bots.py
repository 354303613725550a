"""Bots that trade while a browser is driven, and what the exchange itself says of everybody, to compare with."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from random import Random
from typing import NamedTuple

import trio

from exchange_client import Exchange, RefusalCode, Refused, connect
from tests.page.stage import START_SECONDS, Server

PAUSE_SECONDS = 0.05
REFUSED_NOW = {RefusalCode.MARKET_PAUSED, RefusalCode.MARKET_NOT_OPEN, RefusalCode.INSUFFICIENT_FUNDS}


class Bots:
    """Clients that place orders around a price in some markets, each with its own token, in a thread of their own."""

    def __init__(self, server: Server, tokens: list[str], markets: list[str]) -> None:
        self._url = f"ws://127.0.0.1:{server.port}/ws"
        self._tokens = tokens
        self._markets = markets
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run_all)
        self._failure: BaseException | None = None
        self.refused: set[RefusalCode] = set()
        self.placed = 0

    def start(self) -> None:
        self._thread.start()

    def end(self) -> None:
        """Returns when nobody trades any more and every order of theirs that rests is cancelled."""
        self._ending.set()
        self._thread.join(START_SECONDS)
        assert not self._thread.is_alive()
        if self._failure is not None:
            raise self._failure

    def _run_all(self) -> None:
        try:
            trio.run(self._run)
        except BaseException as failure:
            self._failure = failure

    async def _run(self) -> None:
        async with trio.open_nursery() as nursery:
            for number, token in enumerate(self._tokens):
                nursery.start_soon(self._trade, token, Random(number))

    async def _trade(self, token: str, chance: Random) -> None:
        async with connect(self._url, token=token) as exchange:
            while not self._ending.is_set():
                market = exchange.markets[exchange_name(exchange, chance.choice(self._markets))]
                act = market.buy if chance.random() < 0.5 else market.sell
                try:
                    await act(chance.randint(1, 3), at=chance.randint(45, 55))
                    self.placed += 1
                except Refused as refusal:
                    if refusal.code not in REFUSED_NOW:
                        raise
                    self.refused.add(refusal.code)
                await trio.sleep(PAUSE_SECONDS)


def exchange_name(exchange: Exchange, beginning: str) -> str:
    """The name of the market that is called so, or so and more: one that an organiser renames goes on."""
    return next(market.name for market in exchange.markets if market.name.startswith(beginning))


@contextmanager
def trading(bots: Bots) -> Iterator[Bots]:
    """Trade within the block."""
    bots.start()
    try:
        yield bots
    finally:
        bots.end()


class Balance(NamedTuple):
    """What an account has; ``positions`` by the name of the market."""

    cash: Decimal
    equity: Decimal
    positions: dict[str, Decimal]


def balances(server: Server) -> dict[str, Balance]:
    """Everybody's, the house included, as the exchange tells an organiser who acts as each."""

    async def look(organiser: Exchange) -> dict[str, Balance]:
        found = {}
        for account in list(organiser.accounts):
            await organiser.act_as(account)
            positions = {market.name: market.position for market in organiser.markets if market.position}
            found[account.name] = Balance(organiser.cash, organiser.equity, dict(positions))
        return found

    return server.organise(look)  # type: ignore[no-any-return]
