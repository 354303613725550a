"""The least a start can take, the yardstick of ``bench.restart``.

    python -m bench.read_rows FILE < start.json

Imports the modules that a start imports, opens the file, reads the rows that a start reads, and prints how many there
were.
"""

import json
import sys
from contextlib import suppress
from importlib import import_module
from pathlib import Path


def main() -> None:
    """Reads everything into lists."""
    start = json.load(sys.stdin)
    for module in start["modules"]:
        with suppress(ImportError):  # what a start tried to import, too, and did not find
            import_module(module)
    from exchange.store.connection import connect_to_read

    connection = connect_to_read(Path(sys.argv[1]), busy_ms=10_000)
    rows = 0
    for statement, bindings in start["statements"]:
        rows += len(connection.execute(statement, bindings).fetchall())
    print(json.dumps({"rows": rows}), flush=True)


if __name__ == "__main__":
    main()
