"""The least a start can take, the yardstick of ``bench.restart``.

    python -m bench.read_rows FILE < statements.json

Imports what a server imports, opens the file, reads the rows that a start reads, and prints how many there were.
"""

import json
import sys
from pathlib import Path

import exchange.cli.app  # noqa: F401 (for the time it takes)
from exchange.store.connection import connect_to_read


def main() -> None:
    """Reads everything into lists."""
    connection = connect_to_read(Path(sys.argv[1]), busy_ms=10_000)
    rows = 0
    for statement, bindings in json.load(sys.stdin):
        rows += len(connection.execute(statement, bindings).fetchall())
    print(json.dumps({"rows": rows}), flush=True)


if __name__ == "__main__":
    main()
