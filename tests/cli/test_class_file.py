"""``class.toml`` read: every mistake names its line and key, and none reaches the exchange."""

from decimal import Decimal
from pathlib import Path

import pytest

from exchange.cli.admin.class_file import read_class
from exchange.cli.admin.desk import Trouble
from exchange_client import MarketStatus

GOOD = """
announcements = ["Welcome"]

[class]
cash = 1000.25
people = "people.csv"

[[people]]
name = "Zoe"
cash = 0

[[accounts]]
name = "Team"
owners = ["Ada"]

[[groups]]
name = "Weather"

[[markets]]
name = "Wet"
[markets.parts]
Rain = 1
Snow = -2

[[markets]]
name = "Rain"
low = 0
high = 1
group = "Weather"
ranked = false
opens_at = 2027-03-01T09:00:00+01:00

[[markets]]
name = "Snow"
low = -0.5
high = 0.5
status = "Halted"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "people.csv").write_text("\ufeffName;Cash\nAda;\nBob;5\n\n", "utf-8")
    found = tmp_path / "class.toml"
    found.write_text(GOOD)
    return found


def test_a_class_is_read_exactly(file: Path) -> None:
    found = read_class(file)
    assert [(person.name, person.cash) for person in found.people] == [
        ("Ada", Decimal("1000.25")),
        ("Bob", Decimal(5)),
        ("Zoe", Decimal(0)),
    ]
    assert [market.name for market in found.markets] == ["Rain", "Snow", "Wet"], "a fund comes after its parts"
    rain, snow, wet = found.markets
    assert rain.options == {"ranked": False, "opens_at": 1_803_888_000 * 10**9}
    assert (snow.low, snow.high, snow.status) == (Decimal("-0.5"), Decimal("0.5"), MarketStatus.HALTED)
    assert wet.parts == {"Rain": 1, "Snow": -2}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("high = 1\n", "high = 1.005\n", "class.toml:28: markets[2].high: 1.005 is finer than 0.01"),
        ("high = 1\n", 'high = "1"\n', "class.toml:28: markets[2].high: this is a number"),
        ("ranked", "rankd", "class.toml:30: markets[2].rankd: there is no such key; did you mean 'ranked'?"),
        ("+01:00", "", "class.toml:31: markets[2].opens_at: 2027-03-01T09:00:00 has no time zone"),
        ('"Halted"', '"settled"', "class.toml:37: markets[3].status: a status is open, halted, paused"),
        ("low = -0.5\n", "", "class.toml:33: markets[3]: a market has low and high"),
        ("Snow = -2", "Snow = 0", "markets[1].parts: 'Snow' is how many of it one of the fund holds"),
        ("Snow = -2", "Wet = 1", "markets[1].parts: 'Wet' would be a part of itself"),
        ('name = "Zoe"\n', "", "class.toml:8: people[1]: there is no 'name'"),
        ('name = "Zoe"', 'name = "ADA"', "there are two accounts with the name 'ADA'"),
        ('["Ada"]', "[1]", "class.toml:14: accounts[1].owners: this is a list of texts"),
        ("[class]", "[class", "at line 4"),
        ("cash = 1000.25", "cash = -1", "class.toml:5: class.cash: -1 is not more than nothing"),
        ("cash = 1000.25", "cash = true", "class.toml:5: class.cash: this is a number"),
        ("announcements =", "announcement =", "class.toml:2: announcement: there is no such key"),
        ("people.csv", "nobody.csv", "nobody.csv cannot be read: No such file"),
    ],
)
def test_a_mistake_names_its_place(file: Path, old: str, new: str, said: str) -> None:
    assert GOOD.count(old) == 1
    file.write_text(GOOD.replace(old, new))
    with pytest.raises(Trouble) as trouble:
        read_class(file)
    assert said in str(trouble.value)
    assert str(trouble.value).endswith((".", "?"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("cash\n1\n", "people.csv:1: there is no column 'name'"),
        ("", "people.csv:1: there is no column 'name'"),
        ("name,cash\nAda,1\nBob,much\n", "people.csv:3: 'much' is not a number"),
        ("name,cash\n,5\n", "people.csv:2: there is no name"),
        ('name,cash\n"Ada,5\n', "people.csv is not a CSV file"),
    ],
)
def test_a_mistake_in_the_list_of_people_names_its_line(file: Path, text: str, said: str) -> None:
    (file.parent / "people.csv").write_text(text)
    with pytest.raises(Trouble) as trouble:
        read_class(file)
    assert said in str(trouble.value)


def test_a_list_in_another_encoding_is_a_sentence(file: Path) -> None:
    (file.parent / "people.csv").write_bytes("name\nZoë\n".encode("latin-1"))
    with pytest.raises(Trouble, match="not UTF-8"):
        read_class(file)


def test_the_example_of_the_docs_is_a_class(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "organising.md").read_text("utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "class.toml").write_text(example, "utf-8")
    (tmp_path / "people.csv").write_text("name\nBob\n")
    found = read_class(tmp_path / "class.toml")
    assert [person.name for person in found.people] == ["Bob", "Ada"]
    assert len(found.markets) == 3
