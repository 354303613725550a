"""Text that people choose."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.core.names import check_name, check_text, is_printable, name_key, usable_name
from exchange.core.refusals import Code
from exchange.core.units import NAME_MAX


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ann", "ANN"),
        ("caf\u00e9", "cafe\u0301"),
        ("Stra\u00dfe", "STRASSE"),
        ("\u1e9e", "ss"),
        ("\u212b", "\u00e5"),  # the unit and the letter
        ("\u01c5", "\u01c6"),  # title case
    ],
)
def test_names_that_differ_in_case_or_composition_are_the_same(one: str, other: str) -> None:
    assert name_key(one) == name_key(other)


@pytest.mark.parametrize(("one", "other"), [("Ann", "Anne"), ("a b", "ab"), ("\u0430nn", "ann"), ("a", "\u00e4")])
def test_other_names_differ(one: str, other: str) -> None:
    assert name_key(one) != name_key(other)


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_composing_and_folding_does_not_change_a_key(name: str) -> None:
    key = name_key(name)
    assert name_key(unicodedata.normalize("NFC", name)) == key
    assert name_key(unicodedata.normalize("NFD", name)) == key


@pytest.mark.parametrize(
    "name",
    [
        "Ann",
        "a",
        "x" * NAME_MAX,
        "e\u0301" * NAME_MAX,
        "日本",
        "\U0001f469\u200d\U0001f52c",
    ],
)
def test_an_ordinary_name_is_accepted(name: str) -> None:
    assert check_name(name) is None


@pytest.mark.parametrize("name", ["", " ", "\t", "\u3000", "\u00a0", " Ann", "Ann ", "Ann\n"])
def test_a_blank_or_padded_name_is_refused(name: str) -> None:
    refusal = check_name(name)
    assert refusal is not None
    assert "blank" in refusal.message


def test_a_name_that_is_too_long_is_refused() -> None:
    refusal = check_name("x" * (NAME_MAX + 1), "title")
    assert refusal is not None
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "title")


HIDDEN = ["\0", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\u200f", "\u061c", "\u2028", "\ud800", "\ue000", "\uffff"]


@pytest.mark.parametrize("character", HIDDEN)
def test_a_control_or_bidirectional_character_is_refused(character: str) -> None:
    assert check_name(f"a{character}b") is not None
    assert check_text(f"a{character}b", 10, "note") is not None
    assert not is_printable(character)


@pytest.mark.parametrize("name", ["\u200b", "\u200d\u200b", "\u2060", "\ufeff", "\u00ad"])
def test_a_name_that_shows_nothing_is_refused(name: str) -> None:
    assert check_name(name) is not None
    assert usable_name(name) == "Trader"


def test_a_name_is_one_line_and_a_text_may_be_more() -> None:
    assert check_name("a\nb") is not None
    assert check_text("a\nb", 10, "note") is None
    assert check_text("a\r\nb", 10, "note") is not None


def test_a_text_may_be_empty_and_as_long_as_allowed() -> None:
    assert check_text("", 3, "note") is None
    assert check_text("abc", 3, "note") is None
    refusal = check_text("abcd", 3, "note")
    assert refusal is not None
    assert (refusal.code, refusal.field) == (Code.INVALID_VALUE, "note")


@given(st.text())
def test_whatever_an_issuer_calls_somebody_becomes_a_usable_name(wanted: str) -> None:
    assert check_name(usable_name(wanted)) is None


@pytest.mark.parametrize(
    ("wanted", "name"),
    [("  Ann \n Lee ", "Ann Lee"), ("", "Trader"), ("\u202e", "Trader"), ("A\0nn", "Ann"), ("x" * 99, "x" * NAME_MAX)],
)
def test_a_usable_name_is_the_nearest_one(wanted: str, name: str) -> None:
    assert usable_name(wanted) == name
