"""The page: static files, read once at start and answered from memory, so that no request waits for a disk.

Files whose names carry a hash of their content may be kept for ever; ``index.html`` names them, so it must never be.
Any other path that a browser navigates to is one of the page's own and gets ``index.html`` too. What the page may load
and where it may connect is said by its Content-Security-Policy: its own files, and the few inline scripts in it, by
their hashes.
"""

import base64
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from exchange.net.http import Headers, Request, Response

INDEX = "/index.html"
IMMUTABLE = "/_app/immutable/"
OWN_FILES = "/_app/"  # what is not found here is from another build, not a path of the page
CONTENT_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))  # the better first
_SAFETY: Headers = (
    ("x-content-type-options", "nosniff"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-opener-policy", "same-origin"),
    ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
)
# The style attributes in the markup, by their hashes: SvelteKit hides what it reads out to screen readers after a
# navigation, and each entry of the command palette is in a box with "display: contents;".
_STYLES = "'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo=' 'sha256-iaOezIDcQIoxCULa6FBKKuLUu09R7kG+Mlu+JVfU3Rw='"
_INLINE_SCRIPT = re.compile(rb"<script>(.*?)</script>", re.DOTALL)


class PageTooBig(Exception):
    """The folder holds more than a page would; the message says how much."""


@dataclass(frozen=True, slots=True)
class File:
    """One file in every encoding it is there in, with the headers of each answer ready."""

    bodies: Mapping[str, bytes]  # by encoding; "" is as it is
    headers: Headers
    tag: str


@dataclass(frozen=True, slots=True)
class Page:
    """The files by path."""

    files: Mapping[str, File] = field(repr=False)

    @classmethod
    def load(cls, folder: Path, bytes_max: int, connect: Iterable[str] = ()) -> "Page | None":
        """Read a built page; None if there is none. Blocks. ``connect`` names origins it talks to beside its own.

        Raises :class:`PageTooBig` when the files take more than ``bytes_max``, and :class:`OSError`.
        """
        index = folder / INDEX.removeprefix("/")
        if not index.is_file():
            return None
        policy = content_security_policy(index.read_bytes(), connect)
        files, total = {}, 0
        for path in _plain_files(folder):
            name = f"/{path.relative_to(folder).as_posix()}"
            file = files[name] = _read(path, name, policy)
            total += sum(map(len, file.bodies.values()))
            if total > bytes_max:
                raise PageTooBig(f"the page in {folder} takes more than page_bytes, which is {bytes_max:,}")
        return cls(files)

    def answer(self, request: Request) -> Response | None:
        """Return the file a GET or HEAD asks for, or None where there is nothing."""
        file = self.files.get(INDEX if request.path == "/" else request.path)
        if file is None and _is_navigation(request):
            file = self.files[INDEX]
        if file is None:
            return None
        if request.header("if-none-match") == file.tag:
            return Response(304, b"", file.headers)
        for encoding in (name for name, _ in ENCODINGS if name in file.bodies):
            if request.lists("accept-encoding", encoding):
                return Response(200, file.bodies[encoding], (*file.headers, ("content-encoding", encoding)))
        return Response(200, file.bodies[""], file.headers)


def content_security_policy(index: bytes, connect: Iterable[str] = ()) -> str:
    """Return the policy for a page with these inline scripts: nothing from elsewhere, nothing evaluated, no frames."""
    digests = (hashlib.sha256(script).digest() for script in _INLINE_SCRIPT.findall(index))
    scripts = " ".join(f"'sha256-{base64.b64encode(digest).decode('ascii')}'" for digest in digests)
    rules = {
        "default-src": "'none'",
        "script-src": f"'self' {scripts}".strip(),
        "style-src": "'self'",
        "style-src-attr": f"'unsafe-hashes' {_STYLES}",
        "font-src": "'self'",
        "img-src": "'self' data:",
        "connect-src": " ".join(["'self'", *connect]),
        "manifest-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _plain_files(folder: Path) -> Iterator[Path]:
    suffixes = tuple(suffix for _, suffix in ENCODINGS)
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith(".") and not path.name.endswith(suffixes):
            yield path


def _read(path: Path, name: str, policy: str) -> File:
    bodies = {"": path.read_bytes()}
    for encoding, suffix in ENCODINGS:
        packed = path.with_name(path.name + suffix)
        if packed.is_file():
            bodies[encoding] = packed.read_bytes()
    tag = f'W/"{hashlib.sha256(bodies[""]).hexdigest()[:32]}"'
    headers = [("content-type", CONTENT_TYPES.get(path.suffix, "application/octet-stream")), *_SAFETY]
    if name == INDEX:
        headers += [("cache-control", "no-store"), ("content-security-policy", policy)]
    elif name.startswith(IMMUTABLE):
        headers += [("cache-control", "public, max-age=31536000, immutable")]
    else:
        headers += [("cache-control", "no-cache"), ("etag", tag)]
    if len(bodies) > 1:
        headers.append(("vary", "accept-encoding"))
    return File(bodies, tuple(headers), tag)


def _is_navigation(request: Request) -> bool:
    """Whether a browser goes to an address; a file that is missing has a dot in its name."""
    name = request.path.rpartition("/")[2]
    return "." not in name and not request.path.startswith(OWN_FILES)
