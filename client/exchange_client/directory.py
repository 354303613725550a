"""Things that can be found by id and by name."""

import unicodedata
from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


def name_key(name: str) -> str:
    """Two names are the same exactly when their keys are equal (NFC and case folding), as on the exchange."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


class Directory(Generic[T]):
    """All markets, accounts or groups: ``directory["Rain on Friday"]`` by name, ``directory[7]`` by id.

    Iterating gives the things themselves, in order of appearance. Looking up what is not there raises ``KeyError``;
    ``get`` returns None. Names are compared as the exchange does, regardless of case.
    """

    def __init__(self, what: str) -> None:
        self._what = what
        self._by_id: dict[int, T] = {}
        self._ids: dict[str, int] = {}
        self._names: dict[int, str] = {}

    def __getitem__(self, key: int | str) -> T:
        found = self.get(key)
        if found is None:
            raise KeyError(f"there is no {self._what} {key!r}")
        return found

    def get(self, key: int | str) -> T | None:
        """The one with this id or name, or None."""
        if isinstance(key, str):
            found = self._ids.get(name_key(key))
            return None if found is None else self._by_id[found]
        return self._by_id.get(key)

    def __contains__(self, key: object) -> bool:
        return isinstance(key, int | str) and self.get(key) is not None

    def __iter__(self) -> Iterator[T]:
        return iter(list(self._by_id.values()))  # a list: readers may be in other threads

    def __len__(self) -> int:
        return len(self._by_id)

    def __repr__(self) -> str:
        return f"<{len(self)} × {self._what}>"

    # What follows is the client's own business.

    def put(self, identifier: int, name: str, thing: T) -> None:
        """Adds a thing, or changes its name or itself."""
        former = self._names.get(identifier)
        if former is not None and self._ids.get(former) == identifier:
            del self._ids[former]
        key = name_key(name)
        self._by_id[identifier] = thing
        self._ids[key] = identifier
        self._names[identifier] = key

    def remove(self, identifier: int) -> None:
        """Forgets one thing."""
        name = self._names.pop(identifier)
        del self._by_id[identifier]
        if self._ids.get(name) == identifier:
            del self._ids[name]

    def clear(self) -> None:
        """Forgets everything."""
        self._by_id.clear()
        self._ids.clear()
        self._names.clear()
