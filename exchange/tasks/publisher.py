"""Publishing: what has become durable is told to everybody who may see it, synchronously and without ever waiting.

A batch is published in the order it was decided. Subscribers that see alike get one joined piece of bytes; whoever may
see more of some commit gets those commits in their own form, in place. Replies follow the facts of their commits, so
state built from the feed is up to date when a reply arrives. A fact that changes somebody's rights changes them at its
own place in that order.
"""

from collections import deque
from collections.abc import Sequence

import structlog
import trio

from exchange.core.audience import View, involved_accounts
from exchange.net.audiences import Audiences, Subscriber
from exchange.net.stream import PeerGone
from exchange.settings import Settings
from exchange.tasks.engine import NOBODY, SEVERAL_MARKETS, Handover
from exchange.wire.facts import encode_for, end_of_frame
from exchange.wire.hello import encode_view_changed
from exchange.wire.replies import encode_heartbeat

log = structlog.get_logger(__name__)


class Publisher:
    """The committed past as far as it is in memory, and everybody who listens."""

    def __init__(self, sequence: int, time: int, settings: Settings) -> None:
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
            if not handover.access and handover.on_release is None:
                segment.append(handover)
                size += len(handover.record)
                if size > self._settings.frame_bytes // 2:
                    self._publish_segment(segment)
                    self._finish()
                    segment, size = [], 0
                continue
            self._publish_segment(segment)
            self._grant(handover)
            self._publish_segment([handover])
            self._withdraw(handover)
            segment = []
            if handover.on_release is not None:
                handover.on_release()
        self._publish_segment(segment)
        self._finish()

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
        committed = [handover for handover in segment if handover.commit is not None]
        if committed:
            self._tell(committed)
            self._remember(committed)
        for handover in segment:
            request = handover.request
            if request is None:
                continue
            remembered = request.remembered
            if remembered is not None:
                for waiter in remembered.waiters:
                    waiter.reply(handover.reply)
                remembered.forget()
            if request.requester is not None:
                request.requester.reply(handover.reply)
            handover.request = None
            handover.reply = b""

    def _tell(self, committed: list[Handover]) -> None:
        exceptions = self._exceptions(committed)
        for markets, alike in self.audiences.by_markets.items():
            if markets is None:
                pieces = [handover.public for handover in committed]
            else:
                pieces = [_limited(handover, markets) for handover in committed]
                self._add_own(exceptions, committed, markets, alike)
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
        by_account, elevated = self.audiences.by_account, self.audiences.elevated
        for index, handover in enumerate(committed):
            if handover.is_plain:
                continue
            told_more = set(elevated)
            for account_id in handover.accounts:
                told_more |= by_account.get(account_id, set())
            for subscriber in told_more:
                own = encode_for(subscriber.view, handover.sequence, handover.time, handover.facts)
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
            if len(ring) == ring.maxlen:
                self._ring_start = ring[0].sequence
            ring.append(handover)
        self.sequence, self.time = committed[-1].sequence, committed[-1].time

    def _grant(self, handover: Handover) -> None:
        """Before its facts are told: new owners see the account, and what there is of it."""
        for user_id, account_id, owner in handover.access:
            for subscriber in list(self.audiences.by_user.get(user_id, ())):
                view = subscriber.view
                if owner and not subscriber.bound and account_id not in view.accounts:
                    self.audiences.change(subscriber, view._replace(accounts=view.accounts | {account_id}))
                    for part in handover.granted[account_id]:
                        subscriber.outbox.put(part)

    def _withdraw(self, handover: Handover) -> None:
        """After its facts were told: former owners see no more of it; everybody concerned knows where they stand."""
        for user_id, account_id, owner in handover.access:
            for subscriber in list(self.audiences.by_user.get(user_id, ())):
                view = subscriber.view
                if not owner and not (view.elevated and view.account_id == account_id):
                    view = subscriber.lose(account_id)
                    self.audiences.change(subscriber, view)
                subscriber.outbox.put(encode_view_changed(view, handover.sequence, handover.time))

    def _finish(self) -> None:
        self.end = end_of_frame(self.sequence, self.time)
        for subscriber in list(self.audiences.everybody):
            if not subscriber.outbox.is_empty:
                subscriber.outbox.complete(self.end)
                self.flush(subscriber)
        self._advanced.unpark_all()


def _limited(handover: Handover, markets: frozenset[int]) -> bytes:
    """The public form of a commit for clients that follow only some markets."""
    if handover.market_id == 0 or handover.market_id in markets:
        return handover.public
    if handover.market_id != SEVERAL_MARKETS:
        return b""
    return encode_for(View(0, 0, False, NOBODY, markets), handover.sequence, handover.time, handover.facts)
