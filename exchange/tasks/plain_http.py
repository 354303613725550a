"""What the port answers to plain HTTP requests: health, the page, and what the page must know before it signs in."""

import json
from html import escape

from exchange.net.http import WEBSOCKET_PATH, Request, Response
from exchange.tasks.context import Context
from exchange.tasks.health import readiness

_HTML = (("content-type", "text/html; charset=utf-8"),)
_JSON = (("content-type", "application/json"),)

_NO_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><title>exchange</title>
<style>body{{font:16px/1.5 system-ui,sans-serif;max-width:44rem;margin:4rem auto;padding:0 1rem}}
pre{{background:#f3f3f3;color:#111;padding:1rem;overflow-x:auto}}</style>
<h1>exchange {version}</h1>
<p>The exchange runs, but its page was not built: that needs Node and the npm registry. In a checkout, build it with</p>
<pre>uv run python -m scripts.page build</pre>
<p>and start the exchange again. Bots need no page: they connect to <code>ws://{host}/ws</code>.</p></html>
"""


def answer_plain(context: Context, request: Request) -> Response:
    """The answer to a GET or HEAD."""
    if request.path == "/healthz":
        return Response(200, b"ok\n")
    if request.path == "/readyz":
        return _ready(context)
    if request.path == "/config.json":
        return Response(200, json.dumps(_config(context)).encode() + b"\n", (*_JSON, ("cache-control", "no-store")))
    if context.page is not None:
        return context.page.answer(request) or Response.refusal(404, "There is nothing here.")
    if request.path == "/":
        host = escape(request.header("host") or "localhost")
        return Response(200, _NO_PAGE.format(version=escape(context.server.version), host=host).encode(), _HTML)
    return Response.refusal(404, "There is nothing here.")


def _config(context: Context) -> dict[str, object]:
    """What the page has to know before it signs anybody in."""
    issuer = context.authenticator.issuer
    oidc = None
    if issuer is not None:
        oidc = {
            "issuer": issuer.url, "client_id": issuer.client_id, "audience": issuer.audience, "scope": issuer.scope,
        }  # fmt: skip
    return {
        "server_version": context.server.version,
        "websocket_path": WEBSOCKET_PATH,
        "developer_sign_in": context.server.accepts_developers,
        "api_keys": True,
        "invitations": True,
        "oidc": oidc,
    }


def _ready(context: Context) -> Response:
    ready, reasons = readiness(context)
    return Response(200 if ready else 503, json.dumps({"ready": ready, "reasons": reasons}).encode() + b"\n", _JSON)
