"""One bug that could be, as an edit of the source."""

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


class Drifted(Exception):
    """The source no longer holds what a mutation would replace, or holds it more than once."""


@dataclass(frozen=True)
class Mutation:
    """Replaces ``old``, which stands in ``file`` exactly once, by ``new``; some of ``tests`` then have to fail.

    ``promise`` is the number of the promise that is broken, 0 for the rules of the market.
    """

    name: str
    promise: int
    file: str
    old: str
    new: str
    tests: tuple[str, ...]

    def applied_to(self, text: str) -> str:
        """The source with the bug in it. Raises :class:`Drifted`."""
        found = text.count(self.old)
        if found != 1:
            raise Drifted(
                f"{self.name}: {self.file} holds {self.old.strip().splitlines()[0]!r} {found} times, not once"
            )
        return text.replace(self.old, self.new)

    def check(self, root: Path = ROOT) -> None:
        """Raises :class:`Drifted` when it cannot be planted, or its tests are not there."""
        self.applied_to((root / self.file).read_text("utf-8"))
        for test in self.tests:
            path, *_ = test.split("::")
            if not (root / path).exists():
                raise Drifted(f"{self.name}: there is no {path}")
