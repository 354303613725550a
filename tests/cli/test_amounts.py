"""Numbers and times as people type them: exact, or refused in words."""

from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.cli.admin.amounts import (
    nanoseconds,
    parse_cash,
    parse_decimal,
    parse_price,
    parse_size,
    parse_time,
    plain,
    show_cash,
    show_number,
)
from exchange.store.cells import iso_time


@pytest.mark.parametrize(
    ("text", "value"),
    [("40", "40"), ("40.5", "40.5"), ("-0.01", "-0.01"), ("+3.", "3"), (".5", "0.5"), (" 7 ", "7"), ("4.50000", "4.5")],
)
def test_a_price_is_read_exactly(text: str, value: str) -> None:
    assert parse_price(text) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", ".", "forty", "1e3", "NaN", "Infinity", "1,000.00", "1 000", "0x10", "١٢", "--1", "1" * 40]
)
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a number"):
        parse_price(text)


@pytest.mark.parametrize(("text", "digits"), [("0.001", 2), ("40.005", 2), ("0.00001", 4)])
def test_nothing_is_rounded(text: str, digits: int) -> None:
    with pytest.raises(ValueError, match="finer than"):
        parse_decimal(text, digits)


@given(st.integers(-(10**18), 10**18), st.sampled_from([2, 4]))
def test_what_is_printed_for_programs_reads_back(raw: int, digits: int) -> None:
    value = Decimal(raw).scaleb(-digits)
    assert parse_decimal(plain(value, digits), digits) == value


@pytest.mark.parametrize("text", ["0", "-1", "0.00"])
def test_an_amount_is_more_than_nothing(text: str) -> None:
    with pytest.raises(ValueError, match="not more than nothing"):
        parse_cash(text)


def test_a_size_is_not_negative() -> None:
    with pytest.raises(ValueError, match="negative"):
        parse_size("-1")


def test_numbers_are_shown_as_people_write_them() -> None:
    assert show_number(Decimal("-1234.56")) == "-1,234.56"
    assert show_cash(Decimal("1234.56")) == "1,234.56"
    assert show_cash(Decimal("-1234.5601")) == "-1,234.5601"
    assert plain(Decimal("0.05"), 2) == "0.05"


def test_a_time_says_its_zone() -> None:
    assert parse_time("2027-03-01T09:00:00+01:00") == parse_time("2027-03-01T08:00Z") == 1_803_888_000 * 10**9
    assert parse_time("never") == 0
    with pytest.raises(ValueError, match="no time zone"):
        parse_time("2027-03-01T09:00:00")
    with pytest.raises(ValueError, match="is not a time"):
        parse_time("tomorrow")


def test_times_keep_their_nanoseconds() -> None:
    assert iso_time(1_803_888_000_000_000_001) == "2027-03-01T08:00:00.000000001Z"
    assert iso_time(0) == ""
    assert nanoseconds(datetime.fromisoformat("1970-01-01T00:00:00.000001+00:00")) == 1_000
