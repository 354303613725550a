"""A host that serves files by the rules of ``vercel.json``, and knows nothing of exchanges."""

import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RULES: dict[str, Any] = json.loads((ROOT / "vercel.json").read_text("utf-8"))


class _Handler(SimpleHTTPRequestHandler):
    """Files first, then rewrites; the headers of every rule whose source is the whole path."""

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if not Path(self.translate_path(path)).is_file():
            for rule in RULES["rewrites"]:
                if re.fullmatch(rule["source"], path):
                    self.path = rule["destination"]
                    break
        self.asked = path
        super().do_GET()

    def end_headers(self) -> None:
        for rule in RULES["headers"]:
            if re.fullmatch(rule["source"], self.asked):
                for header in rule["headers"]:
                    self.send_header(header["key"], header["value"])
        super().end_headers()

    def log_message(self, format: str, *arguments: object) -> None:
        pass


@contextmanager
def static_host(folder: Path) -> Iterator[str]:
    """Serve a built page; yield its origin."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
