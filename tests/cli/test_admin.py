"""What organisers do, by the functions behind the commands, against the real exchange in memory."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from trio.testing import MockClock

from exchange.cli.admin import accounts, everybody, groups, markets, money
from exchange.cli.admin.commands import act_while_connected, sentence
from exchange.cli.admin.desk import Desk, Trouble
from exchange_client import Refused
from tests.cli.organiser import join, open_desk, said
from tests.sim.harness import open_house


async def _market(desk: Desk, name: str = "Rain", **options: Any) -> None:
    await markets.create(desk, name, **({"low": "0", "high": "100"} | options))


async def test_a_market_from_its_creation_to_its_settlement_and_back(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, starting_cash=10_000_000) as house, open_desk(house) as desk:
        await groups.create(desk, "Weather")
        await _market(desk, group="weather", pinned=True, position_limit="50")
        async with join(house, "ada") as ada, join(house, "bob") as bob:
            await ada.markets[1].buy(2, at=40)
            await bob.markets[1].sell(1, at=40)
            said(desk)
            await markets.list_all(desk)
            assert "Rain    Weather  open    0.00  100.00  40.00         40.00" in said(desk)
            await markets.pause(desk, "RAIN")
            await markets.open_market(desk, "#1")
            await markets.halt(desk, "1")
            await markets.halt(desk, "1")
            assert said(desk).count("is halted.") == 2, "saying it twice is no mistake"
            await markets.show(desk, "rain")
            shown = said(desk)
            assert "position limit    50.00" in shown
            assert "bob         -1.00             0.00" in shown
            await markets.settle(desk, "rain", "70")
            assert ada.cash == 1_000 + 30
            await markets.unsettle(desk, "rain")
            assert ada.cash == 1_000 - 40


async def test_a_fund_is_made_of_parts_and_follows_them(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house, open_desk(house) as desk:
        await _market(desk, "Rain")
        await _market(desk, "Snow=hail")
        await markets.create(desk, "Wet", part=["Rain=2", "Snow=hail=-1"], redeem_fee="0.05")
        await markets.settle(desk, "Rain", "10")
        said(desk)
        await markets.settle(desk, "Snow=hail", "5")
        assert said(desk).splitlines()[1] == "Wet followed at 15.00."


async def test_an_edit_changes_what_it_names(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house, open_desk(house) as desk:
        await groups.create(desk, "Weather", description="rain")
        await _market(desk, group="Weather", description="wet", ranked=False)
        await markets.pause(desk, "Rain")
        await markets.edit(desk, "Rain", name="Hail", position_limit="2.5", group="none")
        market = desk.exchange.markets["Hail"]
        assert (market.description, market.ranked, market.status.name) == ("wet", False, "PAUSED")
        assert (market.group_id, market.position_limit) == (0, Decimal("2.5"))
        await groups.edit(desk, "weather", name="Water")
        assert desk.exchange.groups["Water"].description == "rain"


async def test_what_is_meant_is_found_or_a_close_name_is_offered(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house, open_desk(house) as desk:
        await _market(desk, "Rain on Friday")
        await _market(desk, "3")
        assert desk.market("3").market_id == 2, "a name goes before an id"
        with pytest.raises(Trouble, match=r"There is no market 'Rian on Friday'. Did you mean 'Rain on Friday'\?"):
            desk.market("Rian on Friday")
        with pytest.raises(Trouble, match="There is no account 'nobody'"):
            desk.account("nobody")
        with pytest.raises(Trouble, match="There is no group '7'"):
            desk.group("7")


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"low": None}, "--low and --high"),
        ({"part": ["Rain=1"]}, "leave out --low and --high"),
        ({"low": None, "high": None, "part": ["Rain"]}, "MARKET=N"),
        ({"low": None, "high": None, "part": ["Rain=1.5"]}, "MARKET=N"),
        ({"high": "1.005"}, "--high: 1.005 is finer"),
        ({"closes_at": "2027-01-01T00:00"}, "--closes-at: .* has no time zone"),
        ({"position_limit": "-1"}, "--position-limit: -1 is negative"),
        ({"group": "none such"}, "There is no group"),
    ],
)
async def test_what_makes_no_sense_is_said_before_anything_is_asked(
    tmp_path: Path, autojump_clock: MockClock, options: dict[str, Any], sentence: str
) -> None:
    async with open_house(tmp_path) as house, open_desk(house) as desk:
        await _market(desk, "Rain")
        with pytest.raises(Trouble, match=sentence):
            await _market(desk, "Snow", **options)
        assert "Snow" not in desk.exchange.markets


async def test_a_refusal_is_the_exchanges_own(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house, open_desk(house) as desk:
        await _market(desk)
        with pytest.raises(Refused, match="Another market has that name"):
            await _market(desk, "RAIN")


async def test_accounts_show_what_they_have_and_whose_they_are(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with (
        open_house(tmp_path, starting_cash=5_000_000) as house,
        open_desk(house) as desk,
        join(house, "ada") as ada,
        join(house, "bob"),
    ):
        await accounts.create(desk, "Team")
        await accounts.share(desk, "Team", "ada")
        await accounts.share(desk, "Team", "bob")
        await accounts.revoke(desk, "Team", "Operator")
        await accounts.revoke(desk, "Team", "bob")
        await accounts.rename(desk, "Team", "Reds")
        await money.grant(desk, "Reds", "12.5", note="for a good start")
        await money.clawback(desk, "Reds", "0.5")
        said(desk)
        await accounts.list_accounts(desk)
        rows = [line.split() for line in said(desk).splitlines()]
        assert ["ada", "own", "ada", "500.00", "500.00", "500.00"] in [row[1:] for row in rows]
        assert ["Reds", "sub-account", "ada", "12.00", "12.00", "12.00"] in [row[1:] for row in rows]
        await accounts.list_accounts(desk, money=False)
        assert ["Reds", "sub-account", "ada"] in [line.split()[1:] for line in said(desk).splitlines()]
        await accounts.show(desk, "reds")
        shown = said(desk)
        assert "owners     ada" in shown
        assert "for a good start" in shown
        assert ada.portfolios[desk.account("Reds").account_id].cash == 12
        await money.clawback(desk, "Reds", "all")
        with pytest.raises(Trouble, match="nothing available"):
            await money.clawback(desk, "Reds", "all")


async def test_a_file_of_grants_pays_each_row_once(tmp_path: Path, autojump_clock: MockClock) -> None:
    file = tmp_path / "week1.csv"
    file.write_text("account;amount;note\nada;100;\nbob;50.25;best question\n")
    async with (
        open_house(tmp_path) as house,
        open_desk(house, as_json=True) as desk,
        join(house, "ada") as ada,
        join(house, "bob") as bob,
    ):
        await money.grant(desk, csv=file, dry_run=True)
        assert ada.cash == 0
        for _ in range(2):
            await money.grant(desk, csv=file)
            await bob.ping()
            await ada.ping()
            assert (ada.cash, bob.cash) == (Decimal(100), Decimal("50.25"))
        assert desk.output.data["passed_over"] == 2
        file.write_text(file.read_text() + "ada,1,best question\n".replace(",", ";"))
        await money.grant(desk, csv=file)
        assert desk.output.data["paid"] == [{"account": "ada", "amount": "1.0000", "note": "best question"}]
        await money.grant(desk, csv=file, again=True)
        await ada.ping()
        assert ada.cash == 202
        file.write_text("account,amount\nada,999\n")
        with pytest.raises(Trouble, match=r"Line 2: ada got 200.00 under the note 'week1.csv' already, not 999.00"):
            await money.grant(desk, csv=file)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("account,amount\nada,5\nnobody,5\n", "week1.csv:3: There is no account 'nobody'."),
        ("account,amount\nada,5\nbob,lots\n", "week1.csv:3: 'lots' is not a number"),
        ("account,amount\nada,5\nADA,6\n", "week1.csv:3: ada is in line 2 already"),
        ("name,sum\nada,5\n", "week1.csv:1: there is no column 'amount'"),
    ],
)
async def test_a_file_of_grants_with_one_bad_row_pays_nobody(
    tmp_path: Path, autojump_clock: MockClock, text: str, sentence: str
) -> None:
    file = tmp_path / "week1.csv"
    file.write_text(text)
    async with open_house(tmp_path) as house, open_desk(house) as desk, join(house, "ada") as ada, join(house, "bob"):
        with pytest.raises(Trouble) as trouble:
            await money.grant(desk, csv=file)
        assert sentence in str(trouble.value)
        await ada.ping()
        assert ada.cash == 0


async def test_the_leaderboard_gives_equals_one_rank(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path, starting_cash=1_000_000) as house, open_desk(house, as_json=True) as desk:
        async with join(house, "ada") as ada, join(house, "bob") as bob, join(house, "cy"):
            await _market(desk)
            await ada.markets[1].buy(1, at="0.40")
            await bob.markets[1].sell(1, at="0.40")
            await markets.settle(desk, "Rain", "0.41")
            await everybody.leaderboard(desk)
        rows = desk.output.data["leaderboard"]
        assert [(row["rank"], row["account"], row["profit"]) for row in rows] == [
            (1, "ada", "0.0100"), (2, "cy", "0.0000"), (3, "bob", "-0.0100"),
        ]  # fmt: skip


async def test_everything_an_admin_did_can_be_read(tmp_path: Path, autojump_clock: MockClock) -> None:
    async with (
        open_house(tmp_path) as house,
        open_desk(house) as desk,
        join(house, "root:admin", elevated=True) as root,
        join(house, "ada"),
    ):
        await _market(desk)
        await root.announce("We begin")
        await money.grant(desk, "ada", "5", note="thanks")
        await everybody.halt_all(desk)
        await everybody.halt_all(desk)
        assert said(desk).splitlines()[-2:] == ["Halted: Rain.", "No market was open."]
        await everybody.audit(desk)
        shown = said(desk)
        assert [line.strip().split("  ")[-1] for line in shown.splitlines()[1:5]] == [
            "asked for what was so already",
            "Rain is halted",
            "House grants 5.00 to ada (thanks)",
            "announces: We begin",
        ]
        assert "root" in shown
        await everybody.audit(desk, user="root")
        assert len(said(desk).splitlines()) == 2


async def test_json_is_one_object_and_no_words(
    tmp_path: Path, autojump_clock: MockClock, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_house(tmp_path) as house, open_desk(house, as_json=True) as desk:
        await _market(desk, high="12.5")
        await everybody.announce(desk, "Hello")
        assert said(desk) == ""
        capsys.readouterr()
        desk.output.finish()
        shown = json.loads(capsys.readouterr().out)
    assert shown["market"]["high"] == "12.50"
    assert shown["text"] == "Hello"


async def test_a_command_survives_a_restart_and_gives_up_on_an_exchange_that_is_gone(
    tmp_path: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house, open_desk(house) as desk:

        async def restart(desk: Desk) -> None:
            await house.drain()
            await house.start()
            await _market(desk)

        async def lose(desk: Desk) -> None:
            await house.drain()
            await _market(desk, "Snow")

        await act_while_connected(restart, desk)
        assert "Rain" in desk.exchange.markets
        with pytest.raises(ExceptionGroup) as gone:
            await act_while_connected(lose, desk)
        assert "was not back within 30 s" in sentence(gone.value)
