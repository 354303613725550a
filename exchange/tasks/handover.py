"""What a step gives to the writer: a commit to make durable, and what may be told once it is."""

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from exchange.core.audience import NO_MARKET, SEVERAL_MARKETS, Access
from exchange.core.facts import Fact
from exchange.core.lens import Lens, View
from exchange.store.journal import Commit
from exchange.tasks.requests import Request
from exchange.wire.facts import encode_for
from exchange.wire.snapshots import Scene

NOBODY: frozenset[int] = frozenset()
_NONE: Mapping[Any, Any] = MappingProxyType({})


class Handover:
    """One for each step, in order.

    Without a commit it is an answer from memory, told once everything up to ``sequence`` is durable. ``is_plain`` says
    that everybody is sent the ``record`` itself; otherwise ``accounts`` are those whose owners are told more than
    others, and what is told is encoded once for all who are told the same. ``market_id`` is the market whose followers
    are told, ``market_ids`` those that the facts are about.

    ``lens`` is a new one that the facts bring. ``granted`` is what new owners of accounts are sent of them, and
    ``scenes`` are the markets that somebody may now be shown, or shown otherwise; ``ended_keys`` are keys that were
    revoked.
    """

    __slots__ = (
        "access", "accounts", "commit", "ended_keys", "facts", "forms", "granted", "is_plain", "lens", "market_id",
        "market_ids", "on_release", "record", "reply", "request", "scenes", "sequence", "time",
    )  # fmt: skip

    def __init__(self, sequence: int, time: int) -> None:
        self.sequence = sequence
        self.time = time
        self.commit: Commit | None = None
        self.facts: Sequence[Fact] = ()
        self.record = b""
        self.is_plain = True
        self.accounts = NOBODY
        self.market_id = NO_MARKET
        self.market_ids = NOBODY
        self.forms: dict[View, bytes] | None = None
        self.access: Sequence[Access] = ()
        self.ended_keys: Sequence[int] = ()
        self.granted: Mapping[int, list[bytes]] = _NONE
        self.lens: Lens | None = None
        self.scenes: Mapping[int, Scene] = _NONE
        self.request: Request | None = None
        self.reply = b""
        self.on_release: Callable[[], None] | None = None

    def form(self, view: View) -> bytes:
        """The commit as a client with ``view`` is told of it."""
        if self.is_plain:
            if view.markets is None or self.market_id == NO_MARKET or self.market_id in view.markets:
                return self.record
            if self.market_id != SEVERAL_MARKETS:
                return b""
        focus = view.within(self.market_ids, self.accounts)
        forms = self.forms
        if forms is None:
            forms = self.forms = {}
        form = forms.get(focus)
        if form is None:
            form = forms[focus] = encode_for(focus, self.sequence, self.time, self.facts)
        return form

    def drop_parts(self) -> None:
        """They have been sent."""
        self.scenes = self.granted = _NONE

    def call_on_release(self, function: Callable[[], None]) -> None:
        """Calls it too when this may be told."""
        first = self.on_release
        if first is None:
            self.on_release = function
            return

        def both() -> None:
            first()
            function()

        self.on_release = both
