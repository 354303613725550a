"""Prices, sizes and cash: exact, and pleasant to compute with."""

import copy
import pickle
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange_client import Number, Refused
from exchange_client.number import (
    ceil_hundredths,
    floor_hundredths,
    hundredths,
    in_cash,
    in_contracts,
    rounded_quotient,
    ten_thousandths,
)

RAW = st.integers(-(2**62), 2**62)


@given(RAW)
def test_what_comes_out_goes_in_again_as_number_or_as_text(raw: int) -> None:
    for number in (in_contracts(raw), str(in_contracts(raw))):
        assert hundredths(number, "price") == raw
    assert ten_thousandths(in_cash(raw), "amount") == raw
    assert in_contracts(raw).hundredths == in_cash(raw).ten_thousandths == raw


@given(st.integers(-(10**8), 10**8))
def test_a_float_that_people_write_is_what_they_mean(raw: int) -> None:
    written = float(f"{raw / 100:.2f}")
    assert hundredths(written, "price") == raw
    assert in_contracts(raw) == written
    assert not in_contracts(raw) < written
    assert floor_hundredths(written, "price") == ceil_hundredths(written, "price") == raw


def test_rounding_errors_of_floats_are_no_obstacle() -> None:
    assert hundredths(0.1 + 0.2, "price") == 30
    assert floor_hundredths(0.1 + 0.2, "price") == ceil_hundredths(0.1 + 0.2, "price") == 30
    assert (floor_hundredths(39.996, "price"), ceil_hundredths(39.991, "price")) == (3999, 4000)
    assert (floor_hundredths(-0.001, "price"), ceil_hundredths(-0.009, "price")) == (-1, 0)


@pytest.mark.parametrize("value", [39.995, "39.995", 10**30, "forty", "1,5", "", float("nan"), None, [1]])
def test_what_does_not_fit_is_refused_with_the_field_and_a_sentence(value: object) -> None:
    with pytest.raises(Refused) as caught:
        hundredths(value, "price")  # type: ignore[arg-type]
    assert (caught.value.code, caught.value.field) == ("INVALID_VALUE", "price")
    assert str(caught.value).endswith(".")


def test_it_computes_exactly_with_its_kind_and_as_a_float_with_floats() -> None:
    price = in_contracts(3_999)
    exact: list[tuple[object, str]] = [
        (price + 1, "40.99"), (1 - price, "-38.99"), (price * price, "1599.2001"), (price / 3, "13.33"),
        (-price, "-39.99"), (abs(-price), "39.99"), (price + Decimal("0.01"), "40"), (sum([price, price]), "79.98"),
        (round(price, 1), "40"), (price // 10, "3"), (max(price, in_contracts(1)), "39.99"),
    ]  # fmt: skip
    for value, written in exact:
        assert isinstance(value, Number)
        assert str(value) == repr(value) == f"{value}" == written
    assert price - 0.5 == pytest.approx(39.49)
    assert type(2.0 * price) is float
    assert price == 39.99
    assert not price != 39.99  # noqa: SIM202 (an operator of its own)
    assert 39.98 < price <= 39.99 < 40 > price
    assert price == Decimal("39.99")
    assert hash(price) == hash(Decimal("39.99")) == hash(Fraction(3_999, 100))


def test_it_prints_as_people_write_and_as_they_ask() -> None:
    assert [str(in_contracts(raw)) for raw in (4_000, 3_950, 5, -50, 0, 10**8)] == [
        "40", "39.5", "0.05", "-0.5", "0", "1000000",
    ]  # fmt: skip
    assert f"{in_contracts(123_450):,.2f}|{in_contracts(4_000):>6}" == "1,234.50|    40"


def test_it_survives_being_stored() -> None:
    price = in_contracts(3_950)
    for other in (copy.deepcopy(price), pickle.loads(pickle.dumps(price))):
        assert (type(other), other) == (Number, price)


def test_averages_are_rounded_as_stated() -> None:
    assert rounded_quotient(100_000, 300) == Decimal("3.3333")
    assert rounded_quotient(5, 0) is None
