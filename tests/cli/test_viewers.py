"""Restricted markets from the organiser's desk: a class file and single commands say who may see them."""

from pathlib import Path

from trio.testing import MockClock

from exchange.cli.admin import markets
from exchange.cli.admin.applying import apply
from tests.cli.organiser import join, open_desk
from tests.sim.harness import open_house

CLASS = """
[[markets]]
name = "Secret"
low = 0
high = 100
restricted = true
viewers = ["ada"]
"""


async def test_a_class_file_and_the_desk_say_who_sees_a_restricted_market(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    file = tmp_path / "class.toml"
    file.write_text(CLASS)
    async with (
        open_house(tmp_path) as house,
        join(house, "ada") as ada,
        join(house, "bob") as bob,
        open_desk(house) as desk,
    ):
        await apply(desk, file)
        await ada.ping()
        await bob.ping()
        assert ("Secret" in ada.markets, "Secret" in bob.markets) == (True, False)
        await apply(desk, file)
        assert desk.output.data["changes"] == []
        file.write_text(CLASS.replace('["ada"]', '["bob"]'))
        await apply(desk, file)
        await ada.ping()
        await bob.ping()
        assert ("Secret" in ada.markets, "Secret" in bob.markets) == (False, True)
        await markets.edit(desk, "Secret", add_viewer=["ada"], remove_viewer=["bob"])
        await ada.ping()
        await bob.ping()
        assert ("Secret" in ada.markets, "Secret" in bob.markets) == (True, False)
        await markets.edit(desk, "Secret", restricted=False)
        await bob.ping()
        assert "Secret" in bob.markets
