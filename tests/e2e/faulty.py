"""The real program with one fault planted in it, as a process: ``python faulty.py FAULT serve …``.

``asleep`` and ``busy`` stop the loop when ``/healthz`` is asked for: the one lets other threads run, the other holds
the interpreter's lock. ``migration`` is a newer program whose new schema takes seconds.
"""

import re
import sys
import time
from collections.abc import Callable

from exchange import cli, server
from exchange.net.http import Request, Response
from exchange.store import connection, database
from exchange.store.schema import MIGRATIONS
from exchange.tasks import plain_http
from exchange.tasks.context import Context

STUCK_SECONDS = 60
SLOW = """
CREATE TABLE novelties (id INTEGER PRIMARY KEY) STRICT;
WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000000)
    INSERT INTO novelties SELECT i FROM n;
"""


def _asleep() -> None:
    time.sleep(STUCK_SECONDS)


def _busy() -> None:
    re.fullmatch(r"(a|a)*b", "a" * 200)


def _get_stuck(how: Callable[[], None]) -> None:
    answer = plain_http.answer_plain

    def answer_plain(context: Context, request: Request) -> Response:
        if request.path == "/healthz":
            how()
        return answer(context, request)

    vars(server)["answer_plain"] = answer_plain


def _migrate_slowly() -> None:
    for module in (database, connection):
        vars(module)["MIGRATIONS"] = (*MIGRATIONS, SLOW)


FAULTS: dict[str, Callable[[], None]] = {
    "asleep": lambda: _get_stuck(_asleep),
    "busy": lambda: _get_stuck(_busy),
    "migration": _migrate_slowly,
}

if __name__ == "__main__":
    FAULTS[sys.argv.pop(1)]()
    cli.main()
