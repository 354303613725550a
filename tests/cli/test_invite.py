"""``exchange admin invite``: links in a private file, each for one person, once."""

import csv
import stat
from decimal import Decimal
from pathlib import Path

import pytest
from trio.testing import MockClock

from exchange.cli.admin.desk import Desk, Trouble
from exchange.cli.admin.inviting import invite
from exchange_client import RefusalCode, Refused, connect
from tests.cli.organiser import URL, join, open_desk, said
from tests.sim.environment import Gate
from tests.sim.harness import House, open_house


def _links(file: Path) -> dict[str, dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return {row["name"]: row for row in csv.DictReader(lines)}


async def _enter(house: House, token: str) -> tuple[str, Decimal, int]:
    """Signs in with a link's token; returns name, cash and account."""

    async def dial() -> object:
        return house.listener.dial(Gate())

    async with connect(URL, token=token, open_stream=dial) as exchange:  # type: ignore[arg-type]
        return exchange.accounts[exchange.account_id].name, exchange.cash, exchange.account_id


@pytest.fixture
def people(tmp_path: Path) -> Path:
    file = tmp_path / "people.csv"
    file.write_text("Name;E-Mail;Cash\nAda;ada@example.org;\n=Bob;;5.5\n", "utf-8")
    return file


async def _invited(desk: Desk, people: Path, links: Path, **options: bool) -> list[str]:
    await invite(desk, people, links, page="https://class.example/", cash="1000", **options)
    return [person["name"] for person in desk.output.data["invited"]]


async def test_each_person_gets_a_link_that_makes_them_once(
    tmp_path: Path, people: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house, open_desk(house) as desk:
        assert await _invited(desk, people, tmp_path / "links.csv") == ["Ada", "=Bob"]
        assert stat.S_IMODE((tmp_path / "links.csv").stat().st_mode) == 0o600
        links = _links(tmp_path / "links.csv")
        ada, bob = links["Ada"], links["'=Bob"]
        assert ada["link"] == f"https://class.example/#invitation={ada['token']}"
        assert ada["note"] == "ada@example.org"
        assert ada["token"] not in said(desk)
        assert (await _enter(house, ada["token"]))[:2] == ("Ada", Decimal(1_000))
        assert (await _enter(house, bob["token"]))[:2] == ("=Bob", Decimal("5.5"))
        with pytest.raises(Refused) as refusal:
            await _enter(house, ada["token"])
        assert refusal.value.code is RefusalCode.INVITATION_USED


async def test_a_longer_list_invites_only_who_is_new(tmp_path: Path, people: Path, autojump_clock: MockClock) -> None:
    async with open_house(tmp_path) as house, open_desk(house) as desk, join(house, "cy"):
        await _invited(desk, people, tmp_path / "links.csv")
        people.write_text(people.read_text() + "Cy;;\nDan;;\n")
        assert await _invited(desk, people, tmp_path / "more.csv") == ["Dan"]
        assert desk.output.data["passed_over"] == ["Ada", "=Bob", "Cy"]
        assert list(_links(tmp_path / "more.csv")) == ["Dan"]
        assert await _invited(desk, people, tmp_path / "none.csv") == []
        assert not (tmp_path / "none.csv").exists()


async def test_a_renewed_link_ends_the_former_and_keeps_the_account(
    tmp_path: Path, people: Path, autojump_clock: MockClock
) -> None:
    async with open_house(tmp_path) as house, open_desk(house) as desk:
        await _invited(desk, people, tmp_path / "links.csv")
        first = _links(tmp_path / "links.csv")
        ada = await _enter(house, first["Ada"]["token"])
        assert await _invited(desk, people, tmp_path / "renewed.csv", renew=True) == ["Ada", "=Bob"]
        second = _links(tmp_path / "renewed.csv")
        with pytest.raises(Refused):
            await _enter(house, first["'=Bob"]["token"])
        assert (await _enter(house, second["'=Bob"]["token"]))[:2] == ("=Bob", Decimal("5.5"))
        assert await _enter(house, second["Ada"]["token"]) == ada, "the same account, with the money it has"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("name\nAda\nada\n", "people.csv:3: 'ada' is in line 2 already"),
        ("name,cash\nAda,much\n", "people.csv:2: 'much' is not a number"),
        ("name\n", "people.csv names nobody"),
        ("name,note\n,x\n", "people.csv:2: there is no name"),
    ],
)
async def test_a_list_with_a_mistake_invites_nobody(
    tmp_path: Path, people: Path, autojump_clock: MockClock, text: str, sentence: str
) -> None:
    people.write_text(text)
    async with open_house(tmp_path) as house, open_desk(house) as desk:
        with pytest.raises(Trouble) as trouble:
            await _invited(desk, people, tmp_path / "links.csv")
        assert sentence in str(trouble.value)
        assert await desk.exchange.get_invitations() == ()
        assert not (tmp_path / "links.csv").exists()


async def test_a_file_that_is_there_is_never_written_over(
    tmp_path: Path, people: Path, autojump_clock: MockClock
) -> None:
    (tmp_path / "links.csv").write_text("precious")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    async with open_house(tmp_path) as house, open_desk(house) as desk:
        for name in ("links.csv", "link"):
            with pytest.raises(Trouble, match="is there already"):
                await _invited(desk, people, tmp_path / name)
        assert await desk.exchange.get_invitations() == (), "nobody is invited whose link could not be kept"
        assert (tmp_path / "links.csv").read_text() == "precious"


async def test_a_refusal_leaves_no_empty_file(tmp_path: Path, people: Path, autojump_clock: MockClock) -> None:
    people.write_text("name\nAda\n" + "x" * 65 + "\n")
    async with open_house(tmp_path) as house, open_desk(house) as desk:
        with pytest.raises(Refused, match="64 characters"):
            await _invited(desk, people, tmp_path / "links.csv")
        assert not (tmp_path / "links.csv").exists()
        assert await desk.exchange.get_invitations() == ()
