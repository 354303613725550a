"""A snapshot tells of the latest movements of one's own money, and of nobody else's."""

import pytest
from trio.testing import MockClock

from exchange.testing import MemoryExchange


@pytest.mark.exchange(snapshot_transfers=5, starting_cash=0)
async def test_a_new_client_knows_the_latest_transfers_of_its_accounts_oldest_first(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    async with exchange.connect("ada") as ada, exchange.connect("bob"):
        assert list(ada.transfers) == []
        for amount in range(1, 8):
            await exchange.fund("ada", amount)
        await exchange.fund("bob", 1_000)
        fund = await ada.create_account("Fund")
        await ada.transfer(fund, 2)
        told = list(ada.transfers)
        await exchange.restart()
        async with exchange.connect("ada") as again:
            assert list(again.transfers) == told[-5:]
            assert [record.amount for record in again.transfers] == [4, 5, 6, 7, 2]
            await exchange.fund("ada", 9)
            assert [record.amount for record in again.transfers] == [4, 5, 6, 7, 2, 9]
            await exchange.drop("ada")
            await again.ping()
            assert [record.amount for record in again.transfers] == [4, 5, 6, 7, 2, 9], "a resume tells nothing twice"
        async with exchange.connect("bob") as bob:
            assert [record.amount for record in bob.transfers] == [1_000]


@pytest.mark.exchange(snapshot_transfers=0)
async def test_a_snapshot_without_transfers_may_be_asked_for(
    exchange: MemoryExchange, autojump_clock: MockClock
) -> None:
    await _meet(exchange)
    async with exchange.connect("ada") as ada:
        assert list(ada.transfers) == []


async def _meet(exchange: MemoryExchange) -> None:
    async with exchange.connect("ada"):
        await exchange.fund("ada", 1)
