"""Reading a TOML file that people wrote: each value is taken with its kind, and every mistake names its place.

The parser does not keep lines, so a mistake's line is looked up in the text by table and key; where that does not find
it (in an inline table) the place is named by its path alone.
"""

import re
import tomllib
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

from exchange.cli.admin.desk import Trouble

T = TypeVar("T")
_HEADER = re.compile(r"\s*(\[{1,2})\s*([^\[\]]+?)\s*\]{1,2}\s*(#.*)?")
_KINDS: dict[type, str] = {
    str: "a text in quotes",
    bool: "true or false",
    int: "a whole number",
    Decimal: "a number",
    datetime: "a time such as 2027-03-01T09:00:00+01:00, without quotes",
    list: "a list in brackets",
    dict: "a table",
}


class Section:
    """One table of the file. ``take`` each key that may be there, then ``finish``: whatever is left is a mistake."""

    def __init__(self, source: "Source", path: str, values: dict[str, Any]) -> None:
        self.path = path
        self._source = source
        self._values = dict(values)
        self._known: list[str] = []

    def take(self, key: str, kind: type[T]) -> T | None:
        """The value of a key, or None where there is none. Raises :class:`Trouble` for another kind of value."""
        self._known.append(key)
        value = self._values.pop(key, None)
        if value is None:
            return None
        if kind is Decimal and isinstance(value, int) and not isinstance(value, bool):
            value = Decimal(value)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.trouble(key, f"this is {_KINDS[kind]}")
        return value

    def need(self, key: str, kind: type[T]) -> T:
        """The value of a key that must be there."""
        value = self.take(key, kind)
        if value is None:
            raise self.trouble("", f"there is no {key!r}; it is {_KINDS[kind]}")
        return value

    def parsed(self, key: str, kind: type[Any], parse: Callable[[Any], T]) -> T | None:
        """The value of a key as ``parse`` understands it; what it raises as ``ValueError`` is a mistake of the file."""
        value = self.take(key, kind)
        if value is None:
            return None
        try:
            return parse(value)
        except ValueError as error:
            raise self.trouble(key, str(error)) from None

    def texts(self, key: str) -> list[str] | None:
        """A list of texts."""
        values = self.take(key, list)
        if values is not None and not all(isinstance(value, str) for value in values):
            raise self.trouble(key, "this is a list of texts in quotes")
        return values

    def sections(self, key: str) -> list["Section"]:
        """The tables of a list, in the order of the file."""
        values: list[Any] = self.take(key, list) or []
        where = f"{self.path}.{key}" if self.path else key
        if not all(isinstance(value, dict) for value in values):
            raise self.trouble(key, f"this is a list of tables, each below its own [[{where}]]")
        return [Section(self._source, f"{where}[{place}]", value) for place, value in enumerate(values, 1)]

    def section(self, key: str) -> "Section":
        """A table, empty where there is none."""
        return Section(self._source, f"{self.path}.{key}" if self.path else key, self.take(key, dict) or {})

    def items(self) -> dict[str, Any]:
        """Everything that was not taken, which is then taken."""
        values, self._values = self._values, {}
        return values

    def finish(self) -> None:
        """Raises :class:`Trouble` for a key that nobody knows."""
        for key in self._values:
            close = get_close_matches(key, self._known, n=1)
            hint = f"did you mean {close[0]!r}?" if close else f"here may be {', '.join(self._known)}"
            raise self.trouble(key, f"there is no such key; {hint}")

    def trouble(self, key: str, mistake: str) -> Trouble:
        """A mistake at a key of this table, or in all of it."""
        line = self._source.line_of(self.path, key)
        place = ".".join(part for part in (self.path, key) if part)
        where = f"{self._source.file}:{line}" if line else str(self._source.file)
        end = "" if mistake.endswith("?") else "."
        return Trouble(": ".join(part for part in (where, place, mistake) if part) + end)


class Source:
    """The text of a file, to find lines in."""

    def __init__(self, file: Path, text: str) -> None:
        self.file = file
        self._lines = text.splitlines()

    def line_of(self, path: str, key: str) -> int | None:
        """The line of a key, or of the table's header without one or where the key is not found."""
        table, counts = "", dict[str, int]()
        header = None if path else 1
        for number, line in enumerate(self._lines, 1):
            found = _HEADER.fullmatch(line)
            if found is not None:
                name = found[2]
                counts[name] = counts.get(name, 0) + 1
                table = f"{name}[{counts[name]}]" if found[1] == "[[" else name
                if "." in name and not path.startswith(name):  # a table within the latest of a list
                    above, _, rest = name.partition(".")
                    table = f"{above}[{counts.get(above, 0)}].{rest}"
                header = number if table == path else header
            elif key and table == path and _names(line, key):
                return number
        return header


def _names(line: str, key: str) -> bool:
    name, separator, _ = line.partition("=")
    return bool(separator) and name.strip().strip("\"'") == key


def read_toml(file: Path) -> Section:
    """The file's top table. Raises :class:`Trouble`."""
    try:
        text = file.read_text("utf-8")
        values = tomllib.loads(text, parse_float=Decimal)
    except OSError as error:
        raise Trouble(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise Trouble(f"{file} is not UTF-8 text.") from None
    except tomllib.TOMLDecodeError as error:
        raise Trouble(f"{file}: {error}.") from None
    return Section(Source(file, text), "", values)
