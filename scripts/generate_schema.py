"""Generate the Python code of the wire schema from ``proto/`` into the client's distribution.

protoc writes ``from exchange.v1 import ...``, which would collide with the server's own package ``exchange``; and two
copies of one schema in a process crash. So there is one copy, ``exchange_client.schema``, and this command rewrites
the imports. With ``--check`` it changes nothing and fails when the committed code is not what it would write.
"""

import argparse
import re
import sys
import tempfile
from importlib.resources import as_file, files
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent.parent
PROTO = ROOT / "proto"
SCHEMA = ROOT / "client" / "exchange_client" / "schema"
SCHEMA_PACKAGE = "exchange_client.schema"

PROTO_FOLDER = "exchange/v1"
_IMPORT = re.compile(r"^(from|import) exchange\.v1(?=[. ])", re.MULTILINE)
_MODULE_NAME = re.compile(r"'exchange\.v1\.(\w+_pb2)'")


class SchemaError(Exception):
    """The schema cannot be generated; the message says why."""


def generate(proto: Path) -> dict[str, str]:
    """Return the generated files by name; the folder ``proto`` is the root of the schema's imports."""
    sources = sorted(path.relative_to(proto).as_posix() for path in (proto / PROTO_FOLDER).glob("*.proto"))
    if not sources:
        raise SchemaError(f"no .proto files in {proto / PROTO_FOLDER}")
    with tempfile.TemporaryDirectory() as scratch, as_file(files("grpc_tools") / "_proto") as well_known:
        includes = [f"--proto_path={proto}", f"--proto_path={well_known}"]
        outputs = [f"--python_out={scratch}", f"--pyi_out={scratch}"]
        if protoc.main(["protoc", *includes, *outputs, *sources]) != 0:
            raise SchemaError("protoc refused the schema")
        written = sorted(Path(scratch, PROTO_FOLDER).iterdir())
        return {path.name: move_imports(path.read_text("utf-8")) for path in written}


def move_imports(code: str) -> str:
    """Make generated code refer to its siblings, and to itself, by the package it will live in."""
    code = _IMPORT.sub(rf"\1 {SCHEMA_PACKAGE}", code)
    return _MODULE_NAME.sub(rf"'{SCHEMA_PACKAGE}.\1'", code)


def differences(wanted: dict[str, str], folder: Path) -> list[str]:
    """Name the generated files in ``folder`` that are missing, changed, or no longer generated."""
    present = {path.name: path.read_text("utf-8") for path in folder.glob("*_pb2.py*")}
    return sorted(name for name in wanted.keys() | present.keys() if wanted.get(name) != present.get(name))


def write(wanted: dict[str, str], folder: Path) -> None:
    for name in differences(wanted, folder):
        if name in wanted:
            (folder / name).write_text(wanted[name], "utf-8")
        else:
            (folder / name).unlink()


def main() -> int:
    parser = argparse.ArgumentParser(description="Generate the Python code of the wire schema.")
    parser.add_argument("--check", action="store_true", help="change nothing; fail if the committed code is stale")
    check = parser.parse_args().check
    try:
        wanted = generate(PROTO)
    except SchemaError as error:
        print(error, file=sys.stderr)
        return 1
    stale = differences(wanted, SCHEMA)
    if check and stale:
        print(f"stale: {', '.join(stale)}; run `make proto`", file=sys.stderr)
        return 1
    if not check:
        write(wanted, SCHEMA)
    return 0


if __name__ == "__main__":
    sys.exit(main())
