"""What the port answers to plain HTTP requests: health, and a word to whoever opens it in a browser."""

import json
from html import escape

from exchange.net.http import Request, Response
from exchange.tasks.context import Context
from exchange.tasks.health import readiness

_HTML = (("content-type", "text/html; charset=utf-8"),)
_JSON = (("content-type", "application/json"),)

_WELCOME = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>exchange</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:4rem auto;padding:0 1rem}}
pre{{background:#f3f3f3;color:#111;padding:1rem;overflow-x:auto}}</style>
<h1>exchange {version}</h1>
<p>A real-time exchange for simulated money. Bots connect to <code>ws://{host}/ws</code>; a bot begins like this:</p>
<pre>import trio
from exchange_client import connect

async def main():
    async with connect("ws://{host}/ws", token="dev:ada") as exchange:
        for market in exchange.markets.values():
            print(market.name, market.best_bid, market.best_offer)

trio.run(main)</pre></html>
"""


def answer_plain(context: Context, request: Request) -> Response:
    """The answer to a GET or HEAD."""
    if request.path == "/healthz":
        return Response(200, b"ok\n")
    if request.path == "/readyz":
        return _ready(context)
    if request.path == "/":
        host = escape(request.header("host") or "localhost")
        return Response(200, _WELCOME.format(version=escape(context.server.version), host=host).encode(), _HTML)
    return Response.refusal(404, "There is nothing here.")


def _ready(context: Context) -> Response:
    ready, reasons = readiness(context)
    return Response(200 if ready else 503, json.dumps({"ready": ready, "reasons": reasons}).encode() + b"\n", _JSON)
