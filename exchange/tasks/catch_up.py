"""Bringing a client from what it knows to the live feed, without a gap and without a repetition.

Either it resumes from the last sequence it has completely seen, or it gets a snapshot cut from memory at one sequence D
in one step, held back until D is durable. From there on it is the same: what has been published since is read, from
the journal page by page while it is far behind, and sent straight to the socket, whose backpressure sets the pace;
when the rest is in the ring of recent commits it is put into the outbox and the client subscribed, in one step.

What a client may see is fixed at D too, and so is the lens; a commit after D that changes either ends the attempt, and
it is sent a snapshot instead. A resume is only granted where nothing has changed between its start and D: so what may
be seen at D is right for all that was missed.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

import structlog

from exchange.core.audience import access_changes, concerns
from exchange.core.facts import Fact, MarketEdited
from exchange.core.history import PastTransfer, Span
from exchange.core.lens import Lens, View, turns
from exchange.core.preconditions import accounts_of
from exchange.store.journal import DamagedRow
from exchange.store.reader import JournalFacts, Reader
from exchange.wire.facts import encode_for, end_of_frame
from exchange.wire.hello import ResumePoint, encode_authenticated, encode_ready, encode_resumed, view_digest
from exchange.wire.records import decode_facts
from exchange.wire.snapshots import snapshot_parts, transfer_parts

if TYPE_CHECKING:
    from exchange.tasks.connection import Connection
    from exchange.tasks.context import Context
    from exchange.tasks.sign_in import SignedIn

log = structlog.get_logger(__name__)


async def attach(connection: "Connection", signed_in: "SignedIn") -> None:
    """Sends welcome and state, and subscribes the client to the feed.

    Raises :exc:`~exchange.net.socket.SocketClosed` when the client leaves meanwhile.
    """
    resume = signed_in.hello.resume
    sight = _sight(connection, signed_in)
    if resume is not None and await _may_resume(connection.context, sight, resume):
        await connection.socket.send(_welcome(connection, signed_in, sight.view) + encode_resumed(resume.sequence))
        sequence = resume.sequence
    else:
        sight = await _send_snapshot(connection, signed_in)
        sequence = sight.sequence
    while not await _send_missed(connection, sight, sequence):
        sight = await _send_snapshot(connection, signed_in)
        sequence = sight.sequence


class Sight(NamedTuple):
    """What a client may see as of a sequence, and has seen since an earlier one."""

    view: View
    lens: Lens
    sequence: int
    since: int

    def after(self, sequence: int, facts: Sequence[Fact]) -> "Sight | None":
        """What it may see after a commit; None where that is more or less than before, or otherwise."""
        view, lens = self.view, self.lens
        if concerns(view, access_changes(facts)):
            return None
        if sequence <= self.sequence or not any(map(turns, facts)):
            return self
        turned = lens.after(facts)
        if _was_edited(facts) and lens.differs(turned, view):
            return None
        return Sight(turned.look(view), turned, sequence, sequence)


def _was_edited(facts: Sequence[Fact]) -> bool:
    return any(isinstance(fact, MarketEdited) for fact in facts)


def _sight(connection: "Connection", signed_in: "SignedIn") -> Sight:
    """What the client may see as of the last decision."""
    actor, engine = connection.actor, connection.context.engine
    state = engine.state
    view = View(actor.user_id, actor.account_id, False, accounts_of(state, actor), signed_in.hello.markets)
    return Sight(state.lens.look(view), state.lens, state.sequence, engine.rights_changed_at)


def _welcome(connection: "Connection", signed_in: "SignedIn", view: View) -> bytes:
    context = connection.context
    return encode_authenticated(
        signed_in.hello.request_id,
        view,
        connection.login.terms,
        signed_in.session_known,
        context.server,
        context.settings,
        context.engine.now(),
    )


async def _may_resume(context: "Context", sight: Sight, resume: ResumePoint) -> bool:
    """Whether the client's state is what it would be had it never left, as of its resume point."""
    if resume.exchange_id != context.server.exchange_id or resume.view != view_digest(sight.view):
        return False
    published = context.publisher.sequence
    if not 0 < resume.sequence <= published or published - resume.sequence > context.settings.resume_facts:
        return False
    await context.publisher.wait_published(sight.since)

    def look_up(reader: Reader) -> bool:
        if not reader.journal_row_exists(resume.sequence, resume.time):
            return False
        try:
            changes = reader.rights_changes_after(resume.sequence, sight.since)
        except DamagedRow as damaged:
            log.error("no resume", reason=str(damaged))
            return False
        return _saw_the_same(sight, changes)

    return await context.reads.read(look_up)


def _saw_the_same(sight: Sight, changes: Sequence[JournalFacts]) -> bool:
    """Whether none of these changes of rights was one of what the client may see: they are taken back in turn."""
    view, lens = sight.view, sight.lens
    for row in reversed(changes):
        facts = decode_facts(row.facts)
        if concerns(view, access_changes(facts)):
            return False
        before = lens.before(facts)
        if lens.differs(before, view):
            return False
        lens = before
    return True


async def _send_snapshot(connection: "Connection", signed_in: "SignedIn") -> Sight:
    """Cuts a snapshot in one step and sends it once it is durable; returns what it shows."""
    context = connection.context
    state = context.engine.state
    async with context.catch_ups:
        sight = _sight(connection, signed_in)
        parts = snapshot_parts(state, sight.view, context.snapshots)
        await context.publisher.wait_published(sight.sequence)
        parts += await _recent_transfers(context, sight)
    for frame in _frames([_welcome(connection, signed_in, sight.view), *parts], context.settings.frame_bytes):
        await connection.socket.send(frame)
    return sight


async def _recent_transfers(context: "Context", sight: Sight) -> list[bytes]:
    """The latest transfers of the user's accounts up to the snapshot's sequence, which is in the file by now."""
    most = context.settings.snapshot_transfers
    if not most:
        return []
    span = Span(0, sight.sequence + 1, newest_first=True, limit=most)

    def read(reader: Reader) -> list[PastTransfer]:
        found = {row for account_id in sight.view.accounts for row in reader.history.transfers(account_id, span).rows}
        return sorted(found, key=lambda row: row.transfer_id)[-most:]

    return transfer_parts(await context.reads.read(read))


async def _send_missed(connection: "Connection", sight: Sight, sequence: int) -> bool:
    """Sends what was published after ``sequence`` and subscribes the client.

    Returns False when the client's own rights changed meanwhile, or what it missed is damaged in the file: it then
    needs a snapshot of what it may see now.
    """
    context = connection.context
    publisher, most = context.publisher, context.settings.resume_page_facts
    while True:
        recent = publisher.since(sequence)
        if recent is None:
            read = partial(_read_page, sight, sequence, publisher.sequence, most)
            page = await context.reads.read(read)
        elif len(recent) > most:
            page = _page(sight, [(item.sequence, item.time, item.facts) for item in recent[:most]])
        else:
            break
        if page is None:
            return False
        for frame in _frames(page.pieces, context.settings.frame_bytes):
            await connection.socket.send(frame)
        sight, sequence = page.sight, page.sequence
    pieces: list[bytes] = []
    for item in recent:
        after = sight.after(item.sequence, item.facts)
        if after is None:
            return False
        sight = after
        pieces.append(encode_for(sight.view, item.sequence, item.time, item.facts))
    for piece in pieces:
        connection.outbox.put(piece)
    connection.outbox.put(encode_ready(publisher.sequence))
    connection.outbox.complete(publisher.end)
    connection.subscriber.view = sight.view
    publisher.audiences.add(connection.subscriber)
    publisher.flush(connection.subscriber)
    return True


class Page(NamedTuple):
    """Commits as a client may see them, through the last one's sequence, and what it may see then."""

    pieces: list[bytes]
    sight: Sight
    sequence: int


def _read_page(sight: Sight, after: int, up_to: int, most: int, reader: Reader) -> Page | None:
    """A page of the journal, or None, also where it is damaged. Runs in a thread."""
    try:
        rows = reader.journal_after(after, up_to, most)
    except DamagedRow as damaged:
        log.error("no resume", reason=str(damaged))
        return None
    return _page(sight, [(row.sequence, row.time, decode_facts(row.facts)) for row in rows])


def _page(sight: Sight, commits: Sequence[tuple[int, int, Sequence[Fact]]]) -> Page | None:
    """A page, or None where what the client may see changes."""
    pieces: list[bytes] = []
    for sequence, time, facts in commits:
        after = sight.after(sequence, facts)
        if after is None:
            return None
        sight = after
        piece = encode_for(sight.view, sequence, time, facts)
        if piece:
            pieces.append(piece + end_of_frame(sequence, time))
    sequence, time, _ = commits[-1]
    return Page([*pieces, end_of_frame(sequence, time)], sight, sequence)


def _frames(pieces: Iterable[bytes], bytes_max: int) -> Iterator[bytes]:
    """Joins pieces into frames of at most ``bytes_max`` unless one piece is larger."""
    frame: list[bytes] = []
    size = 0
    for piece in pieces:
        if frame and size + len(piece) > bytes_max:
            yield b"".join(frame)
            frame, size = [], 0
        frame.append(piece)
        size += len(piece)
    if frame:
        yield b"".join(frame)
