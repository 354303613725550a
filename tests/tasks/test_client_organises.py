"""An organiser with the client library, against the exchange itself."""

from pathlib import Path
from random import Random

from trio.testing import MockClock

from exchange_client import MarketStatus, connect
from tests.sim.environment import Gate
from tests.sim.harness import open_house

URL = "ws://localhost/ws"


async def test_a_class_is_set_up_with_the_client(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house:

        async def dial() -> object:
            return house.listener.dial(Gate())

        await house.furnish("ada", "bob")
        options = {"open_stream": dial, "random": Random(1)}
        async with (
            connect(URL, token="dev:root:admin", elevated=True, **options) as organiser,  # type: ignore[arg-type]
            connect(URL, token="dev:bob", **options) as bob,  # type: ignore[arg-type]
        ):
            weather = await organiser.create_group("Weather")
            await organiser.edit_group(weather.id, description="rain and shine")
            await organiser.edit_market(1, name="Rain", group=weather.id, pinned=True, position_limit=5)
            await organiser.announce("We begin")
            fund = await organiser.create_account("Fund")
            await organiser.share_account(fund.id, organiser.accounts["bob"])
            await organiser.rename_account(fund.id, "Fonds")
            await organiser.grant(fund.id, 500)
            await organiser.claw_back(fund.id, 200)
            await organiser.halt_all()
            await bob.ping()
            market = bob.markets["Rain"]
            assert (market.group_id, market.pinned, market.position_limit) == (weather.id, True, 5)
            assert market.status is MarketStatus.HALTED
            assert bob.groups["Weather"].description == "rain and shine"
            assert [announcement.text for announcement in bob.announcements] == ["We begin"]
            assert bob.accounts[fund.id].name == "Fonds"
            assert bob.portfolios[fund.id].cash == 300
            await organiser.revoke_access(fund.id, organiser.accounts["bob"])
            await bob.ping()
            assert fund.id not in bob.portfolios
