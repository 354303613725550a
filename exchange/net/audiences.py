"""Who is listening, grouped so that a fact is encoded and joined once for all who see it alike."""

from collections import defaultdict
from collections.abc import Callable

from exchange.core.lens import View
from exchange.net.outbox import Outbox, ReadyWriter


class Subscriber:
    """One client on the live feed: what it may see, and where what it sees is put.

    ``lose`` is called when its user ceases to own an account and returns the view that is left. One that is ``bound``
    to an account, by its key, sees no more when its user comes to own others.
    """

    def __init__(self, view: View, outbox: Outbox, socket: ReadyWriter, lose: Callable[[int], View]) -> None:
        self.lose = lose
        self.view = view
        self.outbox = outbox
        self.socket = socket
        self.last_sent = 0.0
        self.bound = False


class Audiences:
    """Subscribers by the kind of their view, by account and by user."""

    def __init__(self) -> None:
        self.everybody: set[Subscriber] = set()
        self.by_kind: dict[View, set[Subscriber]] = {}
        self.by_account: defaultdict[int, set[Subscriber]] = defaultdict(set)
        self.by_user: defaultdict[int, set[Subscriber]] = defaultdict(set)

    def add(self, subscriber: Subscriber) -> None:
        """From the next commit on, this client is told."""
        view = subscriber.view
        self.everybody.add(subscriber)
        self.by_kind.setdefault(view.kind, set()).add(subscriber)
        self.by_user[view.user_id].add(subscriber)
        for account_id in view.accounts:
            self.by_account[account_id].add(subscriber)

    def remove(self, subscriber: Subscriber) -> None:
        """Forgets a client; harmless for one that is not there."""
        view = subscriber.view
        self.everybody.discard(subscriber)
        kind = view.kind
        alike = self.by_kind.get(kind)
        if alike is not None:
            alike.discard(subscriber)
            if not alike:
                del self.by_kind[kind]
        _discard(self.by_user, view.user_id, subscriber)
        for account_id in view.accounts:
            _discard(self.by_account, account_id, subscriber)

    def change(self, subscriber: Subscriber, view: View) -> None:
        """From the next commit on, this client sees what ``view`` allows."""
        if subscriber in self.everybody:
            self.remove(subscriber)
            subscriber.view = view
            self.add(subscriber)
        else:
            subscriber.view = view


def _discard(groups: defaultdict[int, set[Subscriber]], key: int, subscriber: Subscriber) -> None:
    group = groups.get(key)
    if group is not None:
        group.discard(subscriber)
        if not group:
            del groups[key]
