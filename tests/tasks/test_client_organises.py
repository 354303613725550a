"""An organiser with the client library, against the exchange itself."""

from pathlib import Path
from random import Random

from trio.testing import MockClock

from exchange_client import MarketStatus, Number, connect
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
            await organiser.edit_group("Weather", description="rain and shine")
            await organiser.markets[1].edit(name="Rain", group=weather, pinned=True, position_limit=5)
            await organiser.announce("We begin")
            fund = await organiser.create_account("Fund")
            await organiser.share_account(fund.account_id, "bob")
            await organiser.rename_account(fund.account_id, "Fonds")
            await organiser.grant("Fonds", 500)
            await organiser.claw_back(fund, 199.5)
            await organiser.halt_all()
            await bob.ping()
            market = bob.markets["Rain"]
            assert (market.group_id, market.pinned, market.position_limit) == (weather.group_id, True, Number(5))
            assert market.status is MarketStatus.HALTED
            assert bob.groups["Weather"].description == "rain and shine"
            assert [announcement.text for announcement in bob.announcements] == ["We begin"]
            assert bob.accounts[fund.account_id].name == "Fonds"
            assert bob.portfolios[fund.account_id].cash == 300.5
            await organiser.revoke_access(fund.account_id, "bob")
            await bob.ping()
            assert fund.account_id not in bob.portfolios
