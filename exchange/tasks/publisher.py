"""Publishing: what has become durable is told to everybody who may see it, synchronously and without ever waiting.

A batch is published in the order it was decided. Subscribers that see alike get one joined piece of bytes; whoever may
see more of some commit gets those commits in their own form, in place. Replies follow the facts of their commits, so
state built from the feed is up to date when a reply arrives. A fact that changes somebody's rights changes them at its
own place in that order: whoever gains sight of a market is sent it there, and whoever loses it is told that it is gone.
"""

from collections import deque
from collections.abc import Sequence

import structlog
import trio

from exchange.core.audience import involved_accounts
from exchange.core.lens import Lens, View
from exchange.net.audiences import Audiences, Subscriber
from exchange.net.stream import PeerGone
from exchange.settings import Settings
from exchange.tasks.handover import Handover
from exchange.wire.facts import encode_for, end_of_frame
from exchange.wire.hello import encode_view_changed
from exchange.wire.replies import encode_heartbeat
from exchange.wire.snapshots import scene_parts

log = structlog.get_logger(__name__)


class Publisher:
    """The committed past as far as it is in memory, and everybody who listens."""

    def __init__(self, sequence: int, time: int, lens: Lens, settings: Settings) -> None:
        self.lens = lens
        self.audiences = Audiences()
        self.sequence = sequence
        self.time = time
        self.end = end_of_frame(sequence, time)
        self._settings = settings
        self._ring: deque[Handover] = deque(maxlen=settings.ring_facts)
        self._ring_start = sequence
        self._advanced = trio.lowlevel.ParkingLot()

    async def wait_published(self, sequence: int) -> None:
        """Waits until everything up to ``sequence`` is durable and published."""
        while self.sequence < sequence:
            await self._advanced.park()

    def since(self, sequence: int) -> list[Handover] | None:
        """Published commits after ``sequence``, or None when the ring does not reach back that far."""
        if sequence < self._ring_start:
            return None
        missed: list[Handover] = []
        for handover in reversed(self._ring):
            if handover.sequence <= sequence:
                break
            missed.append(handover)
        missed.reverse()
        return missed

    def publish(self, batch: Sequence[Handover]) -> None:
        """Tells a durable batch to everybody concerned."""
        segment: list[Handover] = []
        size = 0
        for handover in batch:
            if not handover.access and handover.on_release is None and handover.lens is None:
                segment.append(handover)
                size += len(handover.record)
                if size > self._settings.frame_bytes // 2:
                    self._publish_segment(segment)
                    self.finish()
                    segment, size = [], 0
                continue
            self._publish_segment(segment)
            segment, size = [], 0
            if handover.lens is not None or handover.scenes:
                self.finish()  # what was told before; parts of the state may follow, in frames of their own
            if handover.lens is not None:
                self._turn(handover, handover.lens)
            elif handover.access:
                self._grant(handover)
                self._publish_segment([handover])
                self._withdraw(handover)
            else:
                self._publish_segment([handover])
            handover.drop_parts()
            if handover.on_release is not None:
                handover.on_release()
        self._publish_segment(segment)
        self.finish()

    def flush(self, subscriber: Subscriber) -> None:
        """Sends what waits for one client, as far as its socket takes it."""
        subscriber.last_sent = trio.current_time()
        try:
            subscriber.outbox.flush(subscriber.socket)
        except PeerGone:
            subscriber.outbox.wake()

    def heartbeat(self, wall_clock_ns: int) -> None:
        """Lets every client that has heard nothing for a while hear that the server is there."""
        latest = trio.current_time() - self._settings.heartbeat_seconds
        beat = encode_heartbeat(wall_clock_ns) + self.end
        for subscriber in list(self.audiences.everybody):
            if subscriber.last_sent <= latest:
                subscriber.outbox.put(beat)
                self.flush(subscriber)

    def _publish_segment(self, segment: list[Handover]) -> None:
        if not segment:
            return
        committed = [handover for handover in segment if handover.commit is not None]
        if committed:
            self._tell(committed)
            self._remember(committed)
        self._reply(segment)

    def _reply(self, segment: list[Handover]) -> None:
        for handover in segment:
            request = handover.request
            if request is None:
                continue
            remembered, requester, reply = request.remembered, request.requester, handover.reply
            if remembered is not None:
                if remembered.waiters:
                    for waiter in remembered.waiters:
                        waiter.reply(reply)
                remembered.forget()
            if requester is not None:
                requester.reply(reply)
            handover.request = None
            handover.reply = b""

    def _tell(self, committed: list[Handover]) -> None:
        exceptions = self._exceptions(committed)
        for kind, alike in self.audiences.by_kind.items():
            if kind.markets is None:
                pieces = [
                    handover.record if handover.is_plain or kind.elevated else handover.form(kind)
                    for handover in committed
                ]
            else:
                pieces = [handover.form(kind) for handover in committed]
                self._add_own(exceptions, committed, kind.markets, alike)
            joined = b"".join(pieces)
            for subscriber in alike:
                own = exceptions.get(subscriber)
                if own is not None:
                    subscriber.outbox.put(b"".join(own.get(index, piece) for index, piece in enumerate(pieces)))
                elif joined:
                    subscriber.outbox.put(joined)

    def _exceptions(self, committed: list[Handover]) -> dict[Subscriber, dict[int, bytes]]:
        """For whoever may see more than the public: their own form of those commits, by index."""
        exceptions: dict[Subscriber, dict[int, bytes]] = {}
        by_account = self.audiences.by_account
        for index, handover in enumerate(committed):
            if handover.is_plain:
                continue
            told_more: set[Subscriber] = set()
            for account_id in handover.accounts:
                told_more |= by_account.get(account_id, set())
            for subscriber in told_more:
                view = subscriber.view
                own = handover.record if view.elevated and view.markets is None else handover.form(view)
                exceptions.setdefault(subscriber, {})[index] = own
        return exceptions

    def _add_own(
        self,
        exceptions: dict[Subscriber, dict[int, bytes]],
        committed: list[Handover],
        markets: frozenset[int],
        alike: set[Subscriber],
    ) -> None:
        """What clients with a limited feed did themselves elsewhere, or what was done to them."""
        for index, handover in enumerate(committed):
            if handover.market_id in markets or handover.market_id == 0:
                continue
            involved = {account_id for fact in handover.facts for account_id in involved_accounts(fact)}
            for subscriber in alike:
                if not involved.isdisjoint(subscriber.view.accounts):
                    own = encode_for(subscriber.view, handover.sequence, handover.time, handover.facts)
                    exceptions.setdefault(subscriber, {})[index] = own

    def _remember(self, committed: list[Handover]) -> None:
        ring = self._ring
        for handover in committed:
            handover.commit = None
            handover.forms = None
        ring.extend(committed)
        self._ring_start = ring[0].sequence - 1
        self.sequence, self.time = committed[-1].sequence, committed[-1].time

    def _turn(self, handover: Handover, lens: Lens) -> None:
        """Markets are restricted or opened, or viewers come and go: everybody from now on sees through ``lens``.

        What the last fact ended before is told to those who saw it then, the last one to those who may see it now; in
        between they are sent what they may see in addition.
        """
        tell = _Teller(handover)
        for subscriber in list(self.audiences.everybody):
            former, view = subscriber.view, lens.look(subscriber.view)
            subscriber.outbox.put(tell.ended(former))
            changed = self._show(subscriber, handover, view)
            subscriber.outbox.put(tell.last(view))
            if changed:
                gone = view.hidden - former.hidden
                subscriber.outbox.put(encode_view_changed(view, handover.sequence, handover.time, gone))
            self.audiences.change(subscriber, view)
        self.lens = lens
        self._remember([handover])
        self._reply([handover])

    def _show(self, subscriber: Subscriber, handover: Handover, view: View) -> bool:
        """Sends the markets that ``view`` shows and the former one did not, or otherwise. Returns whether they differ.

        Elevated admins have been shown everything.
        """
        former = subscriber.view
        if view.elevated:
            return False
        parts = [
            part
            for market_id, scene in sorted(handover.scenes.items())
            for part in scene_parts(scene, market_id, former, view)
        ]
        self.send_parts(subscriber, parts)
        return bool(parts) or any(market_id in view.hidden - former.hidden for market_id in handover.scenes)

    def send_parts(self, subscriber: Subscriber, parts: Sequence[bytes]) -> None:
        """Sends parts of the state, in frames of their usual size. Everything before has been finished."""
        size = 0
        for part in parts:
            subscriber.outbox.put(part)
            size += len(part)
            if size > self._settings.frame_bytes // 2:
                subscriber.outbox.complete(self.end)
                size = 0

    def _grant(self, handover: Handover) -> None:
        """Before its facts are told: new owners see the account, and what there is of it."""
        for user_id, account_id, owner in handover.access:
            for subscriber in list(self.audiences.by_user.get(user_id, ())):
                former = subscriber.view
                if owner and not subscriber.bound and account_id not in former.accounts:
                    view = self.lens.look(former._replace(accounts=former.accounts | {account_id}))
                    self._show(subscriber, handover, view)
                    self.audiences.change(subscriber, view)
                    for part in handover.granted[account_id]:
                        subscriber.outbox.put(part)

    def _withdraw(self, handover: Handover) -> None:
        """After its facts were told: former owners see no more of it; everybody concerned knows where they stand."""
        for user_id, account_id, owner in handover.access:
            for subscriber in list(self.audiences.by_user.get(user_id, ())):
                former = view = subscriber.view
                if not owner and not (view.elevated and view.account_id == account_id):
                    view = self.lens.look(subscriber.lose(account_id))
                    self._show(subscriber, handover, view)
                    self.audiences.change(subscriber, view)
                gone = view.hidden - former.hidden
                subscriber.outbox.put(encode_view_changed(view, handover.sequence, handover.time, gone))

    def finish(self) -> None:
        """Completes and sends what was told."""
        self.end = end_of_frame(self.sequence, self.time)
        for subscriber in list(self.audiences.everybody):
            if not subscriber.outbox.is_empty:
                subscriber.outbox.complete(self.end)
                self.flush(subscriber)
        self._advanced.unpark_all()


class _Teller:
    """The facts of a commit before the last one, and the last one, each encoded once for all who are told the same."""

    def __init__(self, handover: Handover) -> None:
        *self._ended, self._last = handover.facts
        self._handover = handover
        self._accounts = frozenset(account_id for fact in handover.facts for account_id in involved_accounts(fact))
        self._forms: dict[tuple[View, bool], bytes] = {}

    def ended(self, view: View) -> bytes:
        return self._form(view, False) if self._ended else b""

    def last(self, view: View) -> bytes:
        return self._form(view, True)

    def _form(self, view: View, is_last: bool) -> bytes:
        handover = self._handover
        focus = view.within(handover.market_ids, self._accounts), is_last
        form = self._forms.get(focus)
        if form is None:
            facts = [self._last] if is_last else self._ended
            form = self._forms[focus] = encode_for(focus[0], handover.sequence, handover.time, facts)
        return form
