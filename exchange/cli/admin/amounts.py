"""Numbers and times as people type and read them. Numbers are exact decimals, as those of the client library.

Nothing is rounded: what does not fit the unit is refused in a sentence.
"""

import re
from datetime import UTC, datetime
from decimal import Decimal

from exchange.store.cells import HUNDREDTHS, TEN_THOUSANDTHS

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?|[+-]?\.[0-9]+", re.ASCII)
_DIGITS_MAX = 25  # far beyond every limit of the exchange
_SECOND = 1_000_000_000


def parse_decimal(text: str | int | Decimal, digits: int) -> Decimal:
    """A decimal with at most so many digits behind the point. Raises ``ValueError``."""
    written = str(text).strip()
    if not _NUMBER.fullmatch(written) or len(written) > _DIGITS_MAX:
        raise ValueError(f"{written!r} is not a number such as 1234.5 (without thousands separators)")
    value = Decimal(written)
    if value.scaleb(digits) != value.scaleb(digits).to_integral_value():
        raise ValueError(f"{written} is finer than {Decimal(1).scaleb(-digits)}, the smallest step")
    return value


def parse_price(text: str | int | Decimal) -> Decimal:
    """A price. Raises ``ValueError``."""
    return parse_decimal(text, HUNDREDTHS)


def parse_size(text: str | int | Decimal) -> Decimal:
    """A size, not negative. Raises ``ValueError``."""
    size = parse_decimal(text, HUNDREDTHS)
    if size < 0:
        raise ValueError(f"{text} is negative")
    return size


def parse_cash(text: str | int | Decimal) -> Decimal:
    """A positive amount of money. Raises ``ValueError``."""
    amount = parse_decimal(text, TEN_THOUSANDTHS)
    if amount <= 0:
        raise ValueError(f"{text} is not more than nothing")
    return amount


def parse_time(text: str) -> int:
    """An ISO time with its zone, in nanoseconds since the epoch; ``never`` is 0. Raises ``ValueError``."""
    if text.strip().lower() == "never":
        return 0
    try:
        return nanoseconds(datetime.fromisoformat(text.strip()))
    except ValueError as error:
        if "zone" in str(error):
            raise
        raise ValueError(f"{text!r} is not a time such as 2027-03-01T09:00:00+01:00") from None


def nanoseconds(time: datetime) -> int:
    """A time with a zone in nanoseconds since the epoch. Raises ``ValueError`` without a zone."""
    if time.tzinfo is None:
        raise ValueError(f"{time.isoformat()} has no time zone: end it with Z or with an offset such as +01:00")
    since = time - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * _SECOND + since.microseconds * 1_000


def plain(value: Decimal, digits: int) -> str:
    """An exact decimal without separators, for programs."""
    return f"{value:.{digits}f}"


def show_number(value: Decimal) -> str:
    """A price or size for people: ``1,234.50``."""
    return f"{value:,.2f}"


def show_cash(value: Decimal) -> str:
    """Money for people: ``1,234.50``, with four digits behind the point where two do not say it all."""
    shown = f"{value:,.4f}"
    return shown.removesuffix("00")


def show_time(time: int) -> str:
    """Nanoseconds since the epoch for people: local time to the second, with its zone; ``""`` for never."""
    if not time:
        return ""
    return f"{datetime.fromtimestamp(time // _SECOND).astimezone():%Y-%m-%d %H:%M:%S %Z}"
