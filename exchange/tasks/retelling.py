"""Telling again what happened in a market: the facts of the feed, from the journal, as somebody may see them now.

The journal has no index by market, so it is looked through in stretches of ``read_commits``, and other readers get
their turn between two. Facts are decoded and encoded where they are read, in the reader's thread: a page of a thousand
is longer than the loop may be held. Whoever asks may come to see more or less meanwhile; it is then read again.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from exchange.core.audience import decides_status, market_of
from exchange.core.facts import Fact
from exchange.core.history import Span, Told
from exchange.core.lens import View
from exchange.core.preconditions import UNKNOWN_MARKET
from exchange.core.refusals import Refusal
from exchange.store.reader import Reader
from exchange.wire.facts import encode_for
from exchange.wire.history import Reply
from exchange.wire.records import decode_facts

if TYPE_CHECKING:
    from exchange.tasks.context import Context


class Topic(NamedTuple):
    """What is to be told: all of a market, or only what decided its status."""

    market_id: int
    status_only: bool

    def picks(self, fact: Fact) -> bool:
        """Whether a fact belongs to it."""
        return market_of(fact) == self.market_id and (not self.status_only or decides_status(fact))


class Piece(NamedTuple):
    """A commit as it is told."""

    sequence: int
    messages: bytes


async def retell(
    context: "Context", reply: Reply, topic: Topic, span: Span, sees: Callable[[], View]
) -> Refusal | bytes:
    """One page. ``sees`` says what whoever asks may see of what is published."""
    view = None
    while view != (view := _whole_feed(sees())):
        pieces, more = await _collect(context, topic, span, view)
    if topic.market_id in view.hidden or topic.market_id in view.held:
        return UNKNOWN_MARKET
    return reply.market_facts([piece.messages for piece in pieces], pieces[-1].sequence if pieces else 0, more=more)


def _whole_feed(view: View) -> View:
    """A client may ask for what it has left out of its feed."""
    return view._replace(markets=None)


async def _collect(context: "Context", topic: Topic, span: Span, view: View) -> tuple[list[Piece], bool]:
    """The commits of a page, and whether there are more: it ends early where they are too many bytes."""
    found: list[Piece] = []
    first, last, room = span.after + 1, span.before - 1, context.settings.frame_bytes
    while first <= last:
        step = context.settings.read_commits - 1
        stretch = (max(first, last - step), last) if span.newest_first else (first, min(last, first + step))
        most = span.limit + 1 - len(found)
        pieces, reached = await context.reads.read(partial(_read, topic, view, stretch, most, span.newest_first))
        for piece in pieces:
            room -= len(piece.messages)
            if len(found) == span.limit or (found and room < 0):
                return found, True
            found.append(piece)
        first, last = (first, reached - 1) if span.newest_first else (reached + 1, last)
    return found, False


def _read(
    topic: Topic, view: View, stretch: tuple[int, int], most: int, newest_first: bool, reader: Reader
) -> tuple[list[Piece], int]:
    """Up to ``most`` commits of a stretch, and how far it was looked through. Runs in a thread."""
    history = reader.history
    look_up = history.statuses if topic.status_only else history.told
    rows = look_up(topic.market_id, *stretch, most, newest_first=newest_first)
    reached = rows[-1].sequence if len(rows) == most else stretch[0 if newest_first else 1]
    return [piece for piece in map(partial(_tell, topic, view), rows) if piece.messages], reached


def _tell(topic: Topic, view: View, row: Told) -> Piece:
    facts = [fact for fact in decode_facts(row.facts) if topic.picks(fact)]
    return Piece(row.sequence, encode_for(view, row.sequence, row.time, facts))
