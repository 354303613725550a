"""Imports point one way: server → tasks → net, store, wire → core."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "exchange"

# What each part of the package may import besides itself and the package's own name and version.
MAY_IMPORT: dict[str, set[str]] = {
    "core": set(),
    "settings": set(),
    "environment": set(),
    "wire": {"core", "settings"},
    "store": {"core", "settings", "wire"},
    "net": {"core", "settings", "wire", "environment"},
    "tasks": {"core", "settings", "wire", "environment", "store", "net"},
    "server": {"core", "settings", "wire", "environment", "store", "net", "tasks"},
    "replay": set(),
    "demo": {"store"},
    "testing": {"core", "settings", "wire", "environment", "store", "net", "tasks", "server"},
    "cli": {"core", "settings", "wire", "environment", "store", "net", "tasks", "server", "replay", "demo", "testing"},
    "__main__": {"cli"},
    "__init__": set(),
}
# What the rest of the world may not bring in.
FORBIDDEN_OUTSIDE: dict[str, set[str]] = {
    "core": {"apsw", "exchange_client", "google", "random", "secrets", "sqlite3", "time", "trio", "uuid"},
    "store": {"trio", "trio_websocket"},
}

FILES = sorted(PACKAGE.rglob("*.py"))


def _part(file: Path) -> str:
    return file.relative_to(PACKAGE).with_suffix("").parts[0]


def _imports(file: Path) -> Iterator[str]:
    """Yield the dotted name of everything imported, wherever in the file; ``from a import b`` is ``a.b``."""
    folder = ["exchange", *file.relative_to(PACKAGE).parent.parts]
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = folder[: len(folder) - node.level + 1] if node.level else []
            base = base + node.module.split(".") if node.module else base
            yield from (".".join([*base, alias.name]) for alias in node.names)


def _named(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("file", FILES, ids=_named)
def test_imports_point_one_way(file: Path) -> None:
    part = _part(file)
    assert part in MAY_IMPORT, f"give exchange/{part} a place in MAY_IMPORT"
    ours = {name.split(".")[1] for name in _imports(file) if name.startswith("exchange.")}
    assert ours - MAY_IMPORT[part] <= {part, "__version__"}


@pytest.mark.parametrize("file", FILES, ids=_named)
def test_each_part_keeps_out_what_is_not_its_business(file: Path) -> None:
    outside = {name.split(".")[0] for name in _imports(file)}
    assert outside & FORBIDDEN_OUTSIDE.get(_part(file), set()) == set()


@pytest.mark.parametrize("file", [file for file in FILES if _part(file) != "wire"], ids=_named)
def test_only_wire_knows_the_schema(file: Path) -> None:
    assert [name for name in _imports(file) if f"{name}.".startswith("exchange_client.schema.")] == []
