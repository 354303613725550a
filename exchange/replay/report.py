"""What a replay found."""

from dataclasses import asdict, dataclass

from exchange.replay.lobster import SHARE


@dataclass(slots=True)
class Report:
    """Counts of a replay; ``traded`` is in shares.

    ``unmatched`` are messages that could not be done as recorded: an execution that found less than its size, or a
    cancel of an order that the exchange no longer had.
    """

    market: str = ""
    messages: int = 0
    top_of_book_mismatches: int = 0
    executions: int = 0
    hidden: int = 0
    halts: int = 0
    unmatched: int = 0
    fills: int = 0
    traded: int = 0
    seconds: float = 0.0

    @property
    def faithful(self) -> bool:
        """Whether the exchange did everything that was recorded, and its book was the recorded one all the time."""
        return not self.top_of_book_mismatches and not self.unmatched

    def trade(self, size: int) -> None:
        """Counts a trade of a size in hundredths."""
        self.fills += 1
        self.traded += size // SHARE

    def as_json(self) -> dict[str, object]:
        """The fields, for ``--json``."""
        return asdict(self)

    def sentence(self) -> str:
        """The fields, for people."""
        book = "the recorded one after each"
        if self.top_of_book_mismatches:
            book = f"another than recorded after {self.top_of_book_mismatches:,} of them"
        text = (
            f"{self.messages:,} messages in {self.seconds:.1f} s, with {self.executions:,} executions"
            f" ({self.hidden:,} hidden ones and {self.halts:,} halts change nothing): {self.fills:,} fills,"
            f" {self.traded:,} shares traded. The top of the book was {book}."
        )
        if self.unmatched:
            text += f" {self.unmatched:,} messages could not be done as recorded."
        return text
