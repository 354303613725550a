"""What no file of the project may hold."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINES_MAX = 350  # longer, and a reader needs a map
MODULES = {".py", ".svelte", ".ts"}
SOURCE = {".js", ".md", ".proto", ".py", ".sh", ".svelte", ".toml", ".ts", ".yaml", ".yml"}

# Written so that this file does not hold what it looks for.
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|XX" + r"X)\b")
MACHINE_PATH = re.compile(r"(?<![\w.~})-])/(ho" + r"me|Use" + r"rs|ro" + r"ot|wo" + r"rk)/")
REGISTRY = re.compile(r"\b(py" + r"pi|python" + r"hosted|npm" + r"js|yarn" + r"pkg)\.(org|com)\b")


def _is_generated(file: Path) -> bool:
    return "_pb2.py" in file.name or "_pb." in file.name or "gen" in file.relative_to(ROOT).parts


def _texts() -> dict[Path, str]:
    """Return every text file that is, or by a plain ``git add`` would be, part of the project."""
    if not (ROOT / ".git").exists():
        pytest.skip("not a git checkout, so there is no telling which files belong to the project")
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    contents = {ROOT / name: (ROOT / name).read_bytes() for name in names if name and (ROOT / name).is_file()}
    return {file: content.decode() for file, content in contents.items() if _is_text(content)}


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode()
    except UnicodeDecodeError:
        return False


@pytest.fixture(scope="module")
def texts() -> dict[Path, str]:
    return _texts()


def _matches(pattern: re.Pattern[str], texts: dict[Path, str]) -> list[str]:
    return [
        f"{file.relative_to(ROOT)}:{number}: {line.strip()[:120]}"
        for file, text in texts.items()
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]


def test_nothing_is_left_for_later(texts: dict[Path, str]) -> None:
    source = {file: text for file, text in texts.items() if file.suffix in SOURCE and not _is_generated(file)}
    assert _matches(UNFINISHED, source) == []


def test_no_module_is_too_long_to_read(texts: dict[Path, str]) -> None:
    code = {file: text for file, text in texts.items() if file.suffix in MODULES and not _is_generated(file)}
    lengths = {str(file.relative_to(ROOT)): len(text.splitlines()) for file, text in code.items()}
    assert {name: length for name, length in lengths.items() if length > LINES_MAX} == {}


def test_no_path_of_somebodys_machine(texts: dict[Path, str]) -> None:
    assert _matches(MACHINE_PATH, texts) == []


def test_no_address_of_a_package_registry(texts: dict[Path, str]) -> None:
    assert _matches(REGISTRY, texts) == []
