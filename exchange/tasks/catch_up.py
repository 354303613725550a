"""Bringing a client from what it knows to the live feed, without a gap and without a repetition.

Either it resumes from the last sequence it has completely seen, or it gets a snapshot cut from memory at one sequence D
in one step, held back until D is durable. From there on it is the same: what has been published since is read, from
the journal page by page while it is far behind, and sent straight to the socket, whose backpressure sets the pace;
when the rest is in the ring of recent commits it is put into the outbox and the client subscribed, in one step.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from exchange.core.audience import View, access_changes, concerns
from exchange.core.facts import Fact
from exchange.store.reader import Reader
from exchange.wire.facts import encode_for, end_of_frame
from exchange.wire.hello import ResumePoint, encode_authenticated, encode_ready, encode_resumed, view_digest
from exchange.wire.records import decode_facts
from exchange.wire.snapshots import snapshot_parts

if TYPE_CHECKING:
    from exchange.tasks.connection import Connection
    from exchange.tasks.context import Context
    from exchange.tasks.sign_in import SignedIn


async def attach(connection: "Connection", signed_in: "SignedIn") -> None:
    """Sends welcome and state, and subscribes the client to the feed.

    Raises :exc:`~exchange.net.socket.SocketClosed` when the client leaves meanwhile.
    """
    resume = signed_in.hello.resume
    view = current_view(connection, signed_in)
    if resume is not None and await _may_resume(connection.context, view, resume):
        await connection.socket.send(_welcome(connection, signed_in, view) + encode_resumed(resume.sequence))
        sequence = resume.sequence
    else:
        view, sequence = await _send_snapshot(connection, signed_in)
    while not await _send_missed(connection, view, sequence):
        view, sequence = await _send_snapshot(connection, signed_in)


def current_view(connection: "Connection", signed_in: "SignedIn") -> View:
    """What the client may see as of the last decision."""
    actor = connection.actor
    if connection.subscriber.bound:
        accounts = frozenset({actor.account_id})
    else:
        accounts = frozenset(connection.context.engine.state.users[actor.user_id].owned)
    return View(actor.user_id, actor.account_id, False, accounts, signed_in.hello.markets)


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


async def _may_resume(context: "Context", view: View, resume: ResumePoint) -> bool:
    """Whether the client's state is what it would be had it never left, as of its resume point."""
    if resume.exchange_id != context.server.exchange_id or resume.view != view_digest(view):
        return False
    published = context.publisher.sequence
    if not 0 < resume.sequence <= published or published - resume.sequence > context.settings.resume_facts:
        return False

    def look_up(reader: Reader) -> bool:
        if not reader.journal_row_exists(resume.sequence, resume.time):
            return False
        changes = reader.rights_changes_after(resume.sequence, published)
        return not any(concerns(view, access_changes(decode_facts(row.facts))) for row in changes)

    return await context.reads.read(look_up)


async def _send_snapshot(connection: "Connection", signed_in: "SignedIn") -> tuple[View, int]:
    """Cuts a snapshot in one step and sends it once it is durable; returns whose it is and its sequence."""
    context = connection.context
    state = context.engine.state
    async with context.catch_ups:
        view = current_view(connection, signed_in)
        parts = snapshot_parts(state, view, context.snapshots)
        sequence = state.sequence
        await context.publisher.wait_published(sequence)
    for frame in _frames([_welcome(connection, signed_in, view), *parts], context.settings.frame_bytes):
        await connection.socket.send(frame)
    return view, sequence


async def _send_missed(connection: "Connection", view: View, sequence: int) -> bool:
    """Sends what was published after ``sequence`` and subscribes the client.

    Returns False when the client's own rights changed meanwhile: it then needs a snapshot of what it may see now.
    """
    context = connection.context
    publisher, most = context.publisher, context.settings.resume_page_facts
    while True:
        recent = publisher.since(sequence)
        if recent is None:
            read = partial(_read_page, view, sequence, publisher.sequence, most)
            page, sequence = await context.reads.read(read)
        elif len(recent) > most:
            page, sequence = _page(view, [(item.sequence, item.time, item.facts) for item in recent[:most]])
        else:
            break
        if page is None:
            return False
        for frame in _frames(page, context.settings.frame_bytes):
            await connection.socket.send(frame)
    if any(concerns(view, item.access) for item in recent):
        return False
    for item in recent:
        connection.outbox.put(encode_for(view, item.sequence, item.time, item.facts))
    connection.outbox.put(encode_ready(publisher.sequence))
    connection.outbox.complete(publisher.end)
    connection.subscriber.view = view
    publisher.audiences.add(connection.subscriber)
    publisher.flush(connection.subscriber)
    return True


def _read_page(view: View, after: int, up_to: int, most: int, reader: Reader) -> tuple[list[bytes] | None, int]:
    """A page of the journal. Runs in a thread."""
    rows = reader.journal_after(after, up_to, most)
    return _page(view, [(row.sequence, row.time, decode_facts(row.facts)) for row in rows])


def _page(view: View, commits: Sequence[tuple[int, int, Sequence[Fact]]]) -> tuple[list[bytes] | None, int]:
    """Commits as the client may see them, and the last one's sequence; None where the client's rights change."""
    pieces: list[bytes] = []
    for sequence, time, facts in commits:
        if concerns(view, access_changes(facts)):
            return None, sequence
        piece = encode_for(view, sequence, time, facts)
        if piece:
            pieces.append(piece + end_of_frame(sequence, time))
    sequence, time, _ = commits[-1]
    return [*pieces, end_of_frame(sequence, time)], sequence


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
