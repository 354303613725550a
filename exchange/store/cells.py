"""Values of the file as other programs read them: exact decimals, ISO times, and text that no spreadsheet would run."""

from datetime import UTC, datetime

HUNDREDTHS = 2  # digits behind the point of prices and sizes
TEN_THOUSANDTHS = 4  # of cash

# What a spreadsheet takes for a formula where a cell begins with it; the wide forms are for some Asian editions.
_RUN = tuple("=+-@\t\r\n＝＋－＠")


def decimal(value: int, digits: int) -> str:
    """An exact decimal without separators: ``decimal(4050, 2)`` is ``40.50``."""
    if value >= 0:
        whole, part = divmod(value, 10**digits)
        return f"{whole}.{part:0{digits}d}"
    return f"-{decimal(-value, digits)}"


def iso_time(time: int) -> str:
    """Nanoseconds since the epoch as an ISO time in UTC, to the nanosecond; ``""`` for 0, which is never."""
    if not time:
        return ""
    seconds, rest = divmod(time, 1_000_000_000)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"


def safe_text(text: str) -> str:
    """Text that people wrote, with an apostrophe in front where a spreadsheet would run it."""
    return "'" + text if text.startswith(_RUN) else text


def safe_bytes(data: bytes) -> str:
    """A tag: as text where it is some, else in hexadecimal digits after ``0x``."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return "0x" + data.hex()
    return safe_text(text) if text.isprintable() else "0x" + data.hex()
