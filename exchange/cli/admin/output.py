"""What a command says: sentences and tables for people, or one JSON object for programs."""

import json
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

_WHOLE = frozenset({"time"})  # columns that are of no use in two lines


class Output:
    """Where results go. With ``as_json`` people's words are left out and ``data`` is printed once, at the end."""

    def __init__(self, console: Console, *, as_json: bool) -> None:
        self.as_json = as_json
        self.data: dict[str, Any] = {}
        self._console = console

    def say(self, sentence: str) -> None:
        """A sentence for people."""
        if not self.as_json:
            self._console.print(Text(sentence), soft_wrap=True)

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]], *, empty: str = "") -> None:
        """A table for people; a column whose name begins with ``>`` is of numbers. ``empty`` is said without rows."""
        if self.as_json:
            return
        if not rows and empty:
            self.say(empty)
            return
        table = Table(box=None, pad_edge=False, header_style="bold")
        for column in columns:
            right = column.startswith(">")
            table.add_column(
                column.removeprefix(">"),
                justify="right" if right else "left",
                overflow="fold",
                no_wrap=right or column in _WHOLE,
            )
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        if self._console.is_terminal:
            self._console.print(table)
        else:  # whoever reads a pipe wants whole lines
            self._console.print(table, width=max(self._console.width, _width(columns, rows)), soft_wrap=True)

    def result(self, **data: Any) -> None:
        """What a program gets to know."""
        self.data.update(data)

    def finish(self) -> None:
        """Prints the JSON object, if that is what was asked for."""
        if self.as_json:
            print(json.dumps(self.data, ensure_ascii=False), flush=True)


def _width(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> int:
    widths = [max(len(cell) for cell in column) for column in zip(columns, *rows, strict=True)]
    return sum(widths) * 2 + 2 * len(widths)  # wide characters take two places
