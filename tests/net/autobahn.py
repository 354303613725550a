"""``python -m tests.net.autobahn``: runs the Autobahn|Testsuite against the port, the guarded stream and the socket.

The exchange speaks binary only and closes with 1008 on text, which the suite has not foreseen. So the server here is
the real one up to its inbox, and that lets text pass to an echo. Compression (12, 13) is not offered.

The suite is a program of Python 2.7: the first run makes an environment for it under ``.autobahn`` from the
interpreter that PYTHON27 names, or that is found.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import venv
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import trio

from exchange.net import socket as net_socket
from exchange.net.frames import binary_frame
from exchange.net.http import Request
from exchange.net.inbox import Inbox
from exchange.net.socket import Socket
from tests.net.house import open_house

HOME = Path(".autobahn")
LARGEST = 1 << 25  # the suite sends messages of 16 MiB
WITHOUT = ["12.*", "13.*"]  # compression, which is not offered
ACCEPTED = frozenset({"OK", "NON-STRICT", "INFORMATIONAL", "UNIMPLEMENTED"})
FINAL_TEXT = 0x81


class Text(bytes):
    """A message that came as text."""


class InboxWithText(Inbox):
    """Takes text for a message like any other."""

    async def send(self, message: bytes | str) -> None:
        await super().send(Text(message.encode()) if isinstance(message, str) else message)


async def echo(socket: Socket, request: Request) -> None:
    while True:
        for message in await socket.receive():
            if isinstance(message, Text):
                frame = binary_frame(message)
                await socket._stream.send_if(lambda: socket.is_open, bytes([FINAL_TEXT]) + frame[1:])
            else:
                await socket.send(message)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.net.autobahn", description=__doc__)
    parser.add_argument("--json", action="store_true", help="end with one JSON object")
    parser.add_argument("--cases", nargs="*", default=["*"], help="such as 9.* for those alone")
    arguments = parser.parse_args()
    results = trio.run(_run_suite, _install(), arguments.cases)
    counts = Counter(result["behavior"] for result in results.values())
    bad = {
        case: result
        for case, result in results.items()
        if result["behavior"] not in ACCEPTED or result["behaviorClose"] not in ACCEPTED
    }
    for case, result in bad.items():
        print(f"case {case}: {result['behavior']}, on closing {result['behaviorClose']}")
    print(f"{len(results)} cases: " + ", ".join(f"{count} {name}" for name, count in counts.most_common()))
    if arguments.json:
        print(json.dumps({"cases": len(results), **counts, "bad": sorted(bad)}))
    return 1 if bad or not results else 0


async def _run_suite(program: Path, cases: list[str]) -> dict[str, Any]:
    reports = (HOME / "reports").absolute()
    shutil.rmtree(reports, ignore_errors=True)
    limits: dict[str, Any] = {
        "message_bytes": LARGEST, "message_bytes_unauthenticated": LARGEST, "socket_queue_bytes": LARGEST,
        "socket_write_seconds": 120.0,
    }  # fmt: skip
    with mock.patch.object(net_socket, "Inbox", InboxWithText):
        async with open_house(echo, **limits) as house:
            probe = await house.dial()
            assert isinstance(probe, trio.SocketStream)
            port = probe.socket.getpeername()[1]
            await probe.aclose()
            specification = {
                "outdir": str(reports),
                "servers": [{"agent": "exchange", "url": f"ws://localhost:{port}/ws"}],
                "cases": cases,
                "exclude-cases": WITHOUT,
                "exclude-agent-cases": {},
            }
            with _written(specification) as file:
                run = partial(trio.run_process, stdout=subprocess.DEVNULL, check=False)
                with trio.fail_after(900):
                    await run([str(program), "-m", "fuzzingclient", "-s", str(file)])
    index: dict[str, Any] = json.loads((reports / "index.json").read_text())
    results: dict[str, Any] = index["exchange"]
    return results


@contextmanager
def _written(specification: dict[str, Any]) -> Iterator[Path]:
    file = HOME / "specification.json"
    file.write_text(json.dumps(specification))
    yield file.absolute()


def _install() -> Path:
    program = (HOME / "suite" / "bin" / "wstest").absolute()
    if program.exists():
        return program
    old = os.environ.get("PYTHON27") or _of_pyenv() or shutil.which("python2.7")  # a shim may stand for nothing
    if old is None:
        raise SystemExit("The suite needs Python 2.7: name it in PYTHON27.")
    venv.create(HOME / "host", with_pip=True)
    steps = (
        [HOME / "host/bin/pip", "install", "--quiet", "virtualenv<20.22"],
        [HOME / "host/bin/virtualenv", "--quiet", "--python", old, HOME / "suite"],
        [HOME / "suite/bin/pip", "install", "--quiet", "autobahntestsuite"],
    )
    for step in steps:
        subprocess.run([str(part) for part in step], check=True, stderr=subprocess.DEVNULL)
    return program


def _of_pyenv() -> str | None:
    found = sorted((Path.home() / ".pyenv" / "versions").glob("2.7*/bin/python2.7"))
    return str(found[-1]) if found else None


if __name__ == "__main__":
    sys.exit(main())
