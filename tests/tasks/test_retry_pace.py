"""A retry is answered with what became of the request, however fast its user has been."""

from pathlib import Path

from trio.testing import MockClock

from exchange.core.refusals import Code
from tests.sim.harness import open_house
from tests.sim.requests import bid, code_of, kind_of


async def test_a_retry_is_never_refused_for_its_pace(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, pace_burst=3.0, pace_per_second=0.001) as house:
        _, (ada,) = await house.furnish("ada")
        orders = [ada.numbered(bid(1, 40)) for _ in range(4)]
        await ada.send(*orders)
        first = [await ada.reply(order.request_id) for order in orders]
        assert [kind_of(reply) for reply in first[:3]] == ["order_result"] * 3
        assert code_of(first[3]) == Code.PACE
        ada.drop()
        again = await house.sign_in("ada", session=b"session of ada")
        await again.send(*orders)
        replies = [await again.reply(order.request_id) for order in orders]
        assert replies[:3] == first[:3]
        assert code_of(replies[3]) == Code.PACE
