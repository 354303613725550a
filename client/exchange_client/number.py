"""Prices, sizes and cash as a bot sees them: exact decimals that print as people write them.

On the wire and in the state they are integers: hundredths for prices and sizes, ten-thousandths for cash. A
:class:`Number` is made of one when somebody looks, and :func:`hundredths` makes one of whatever a bot gives.
"""

import math
import operator
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, overload

from exchange_client.enums import RefusalCode
from exchange_client.errors import Refused, refuse

Numeric = int | float | Decimal | str
"""What a price, a size or an amount may be given as. A text is written like 39.5, without other separators."""

RAW_MAX = 2**62  # what the wire can hold, and more than the exchange takes
WORD_MAX = 2**32 - 1  # counts and seconds
_ID_MAX = 2**64 - 1  # ids, sequences and times
_WIDE = Context(prec=60)  # holds every product of two quantities exactly
_NOISE = 1e-6  # of a unit: further apart than rounding errors of floats, closer than anything a person means


class Number(Decimal):
    """A price, a size or an amount: a :class:`decimal.Decimal` that is pleasant to compute with.

    With integers, decimals and other numbers of its kind it computes exactly. With a float it computes as a float, and
    it compares with one as people write it: 39.99 is equal to ``39.99``. (As keys of dictionaries, numbers are found by
    integers and decimals, not by floats.) It prints without needless zeros: 40, 39.5.
    """

    __slots__ = ()

    @property
    def hundredths(self) -> int:
        """The raw integer of a price or size. Raises ``ValueError`` where there is none."""
        return _raw(self, 2)

    @property
    def ten_thousandths(self) -> int:
        """The raw integer of an amount of cash. Raises ``ValueError`` where there is none."""
        return _raw(self, 4)

    def __str__(self) -> str:
        text = Decimal.__format__(self, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text

    __repr__ = __str__

    def __format__(self, specifier: str, context: Context | None = None, /) -> str:
        return Decimal.__format__(Decimal(str(self)), specifier) if specifier else str(self)

    def __reduce__(self) -> tuple[type, tuple[str]]:
        return type(self), (str(self),)

    __hash__ = Decimal.__hash__

    if TYPE_CHECKING:

        def __neg__(self) -> "Number": ...
        def __abs__(self) -> "Number": ...
        @overload  # type: ignore[override]  # wider on purpose
        def __add__(self, other: int | Decimal) -> "Number": ...
        @overload
        def __add__(self, other: float) -> float: ...
        def __add__(self, other: Any) -> Any: ...
        @overload
        def __radd__(self, other: int | Decimal) -> "Number": ...
        @overload
        def __radd__(self, other: float) -> float: ...
        def __radd__(self, other: Any) -> Any: ...
        @overload  # type: ignore[override]  # wider on purpose
        def __sub__(self, other: int | Decimal) -> "Number": ...
        @overload
        def __sub__(self, other: float) -> float: ...
        def __sub__(self, other: Any) -> Any: ...
        @overload
        def __rsub__(self, other: int | Decimal) -> "Number": ...
        @overload
        def __rsub__(self, other: float) -> float: ...
        def __rsub__(self, other: Any) -> Any: ...
        @overload  # type: ignore[override]  # wider on purpose
        def __mul__(self, other: int | Decimal) -> "Number": ...
        @overload
        def __mul__(self, other: float) -> float: ...
        def __mul__(self, other: Any) -> Any: ...
        @overload
        def __rmul__(self, other: int | Decimal) -> "Number": ...
        @overload
        def __rmul__(self, other: float) -> float: ...
        def __rmul__(self, other: Any) -> Any: ...
        @overload  # type: ignore[override]  # wider on purpose
        def __truediv__(self, other: int | Decimal) -> "Number": ...
        @overload
        def __truediv__(self, other: float) -> float: ...
        def __truediv__(self, other: Any) -> Any: ...
        @overload
        def __rtruediv__(self, other: int | Decimal) -> "Number": ...
        @overload
        def __rtruediv__(self, other: float) -> float: ...
        def __rtruediv__(self, other: Any) -> Any: ...
        @overload
        def __round__(self) -> int: ...
        @overload
        def __round__(self, places: int, /) -> "Number": ...
        def __round__(self, *_: Any) -> Any: ...


def _operator(name: str) -> Callable[[Number, Any], Any]:
    exact: Any = getattr(Decimal, name)
    rough: Any = getattr(float, name)

    def operate(self: Number, other: Any) -> Any:
        if isinstance(other, float):
            return rough(float(self), float(other))
        result = exact(self, other)
        return result if result is NotImplemented else Number(result)

    return operate


def _comparison(name: str) -> Callable[[Number, Any], Any]:
    exact: Any = getattr(Decimal, name)

    def compare(self: Number, other: Any) -> Any:
        if isinstance(other, float):
            if math.isnan(other):
                return name == "__ne__"
            other = Decimal(float.__repr__(other))
        return exact(self, other)

    return compare


def _unary(name: str) -> Callable[[Number], Number]:
    exact: Any = getattr(Decimal, name)
    return lambda self: Number(exact(self))


def _round(self: Number, places: int | None = None) -> Any:
    return Decimal.__round__(self) if places is None else Number(Decimal.__round__(self, places))


Number.__round__ = _round  # type: ignore[method-assign]
for _name in ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow"):
    for _side in ("", "r"):
        setattr(Number, f"__{_side}{_name}__", _operator(f"__{_side}{_name}__"))
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    setattr(Number, f"__{_name}__", _comparison(f"__{_name}__"))
for _name in ("neg", "pos", "abs"):
    setattr(Number, f"__{_name}__", _unary(f"__{_name}__"))


def in_contracts(raw: int) -> Number:
    """A price or size of hundredths."""
    return Number(_WIDE.scaleb(Decimal(raw), -2))


def in_cash(raw: int) -> Number:
    """An amount of ten-thousandths."""
    return Number(_WIDE.scaleb(Decimal(raw), -4))


def rounded_quotient(value: int, size: int) -> Number | None:
    """``value`` (ten-thousandths) a contract of ``size`` (hundredths), rounded half to even to four decimals."""
    return Number(round(Decimal(value) / Decimal(size) / 100, 4)) if size else None


def hundredths(value: Numeric, field: str) -> int:
    """A price or size as the integer of the wire. Raises :class:`Refused` where it is no whole number of hundredths."""
    return _to_raw(value, 2, field)


def ten_thousandths(value: Numeric, field: str) -> int:
    """An amount as the integer of the wire. Raises :class:`Refused` where it is no whole number of these."""
    return _to_raw(value, 4, field)


def whole(value: int, field: str, most: int = _ID_MAX) -> int:
    """An id, a count or a time as the wire takes it. Raises :class:`Refused` below 0 and above ``most``."""
    try:
        exact = operator.index(value)
    except TypeError:
        raise _refused(f"{value!r} is no whole number to be a {field}", field) from None
    if not 0 <= exact <= most:
        raise _refused(f"{value} cannot be a {field}: it must be between 0 and {most:,}", field)
    return exact


def floor_hundredths(value: Numeric, field: str) -> int:
    """The largest whole number of hundredths that is not above the value; rounding errors of floats are no matter."""
    return _rounded(value, field, ROUND_FLOOR)


def ceil_hundredths(value: Numeric, field: str) -> int:
    """The smallest whole number of hundredths that is not below the value."""
    return _rounded(value, field, ROUND_CEILING)


def _raw(value: Decimal, places: int) -> int:
    scaled = _WIDE.scaleb(value, places)
    whole = int(scaled)
    if whole != scaled:
        raise ValueError(f"{value} has more than {places} decimals")
    return whole


def _decimal(value: Numeric, places: int, field: str) -> Decimal:
    """The value in units of so many decimal places; a float that is next to a whole number of them is that number."""
    if isinstance(value, float):
        scaled = value * 10.0**places
        if not math.isfinite(scaled):
            raise _refused(f"{value} is no {field}", field)
        nearest = round(scaled)
        if math.isclose(scaled, nearest, rel_tol=1e-14, abs_tol=_NOISE):
            return Decimal(nearest)
        return _WIDE.scaleb(Decimal(float.__repr__(value)), places)
    try:
        exact = Decimal(value.strip()) if isinstance(value, str) else value
        if not isinstance(exact, Decimal):
            exact = Decimal(operator.index(exact))  # also the integers of numpy
    except (InvalidOperation, TypeError):
        raise _refused(f"{value!r} is no number to be a {field}", field) from None
    if not exact.is_finite():
        raise _refused(f"{value} is no {field}", field)
    return _WIDE.scaleb(exact, places)


def _to_raw(value: Numeric, places: int, field: str) -> int:
    scaled = _decimal(value, places, field)
    whole = int(scaled)
    if whole != scaled:
        step = f"0.{'1':0>{places}}"
        raise _refused(f"{value} is no {field} here: it must be a multiple of {step}", field)
    if abs(whole) > RAW_MAX:
        raise _refused(f"{value} is too large for a {field}", field)
    return whole


def _rounded(value: Numeric, field: str, mode: str) -> int:
    return int(_decimal(value, 2, field).to_integral_value(mode))


def _refused(sentence: str, field: str) -> Refused:
    return refuse(RefusalCode.INVALID_VALUE, f"{sentence}.", field)
