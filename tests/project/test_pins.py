"""Every version of the tree is pinned in ``pyproject.toml``, since no lock file is committed."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
WORKSPACE = {"exchange", "exchange-client"}
UV = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["uv"]


def _normalised(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pins(key: str) -> dict[str, str]:
    return dict(pin.split("==") for pin in UV[key])


def test_every_installed_distribution_has_its_exact_pin() -> None:
    pins = _pins("constraint-dependencies")
    installed = {_normalised(found.name): found.version for found in distributions()}
    unpinned = {
        f"{name}=={version}"
        for name, version in installed.items()
        if name not in WORKSPACE and pins.get(name) != version
    }
    assert unpinned == set()


def test_pins_are_sorted_and_named_once() -> None:
    for key in ("constraint-dependencies", "build-constraint-dependencies"):
        names = [pin.split("==")[0] for pin in UV[key]]
        assert names == sorted({_normalised(name) for name in names})


def test_tools_used_both_ways_have_one_version() -> None:
    pins, build_pins = _pins("constraint-dependencies"), _pins("build-constraint-dependencies")
    assert {name: pins[name] for name in pins.keys() & build_pins.keys()}.items() <= build_pins.items()
