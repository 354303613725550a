"""As whom a connection acts, and with what powers: changed here, in the order of everything else that is told."""

from typing import TYPE_CHECKING, Any

from exchange.core.lens import NONE, View
from exchange.core.refusals import Code, Refusal
from exchange.wire.hello import encode_view_changed
from exchange.wire.replies import encode_done, encode_refusal
from exchange.wire.snapshots import changed_parts, private_parts

if TYPE_CHECKING:
    from exchange.tasks.connection import Connection


def act_as(connection: "Connection", message: Any) -> None:
    """Later requests are for another account, if the user may act for it. Needs a slot."""
    account_id = message.act_as.account_id
    account = connection.context.engine.state.accounts.get(account_id)
    if account is None:
        _refuse(connection, message, Refusal(Code.UNKNOWN_ACCOUNT, "account_id", "There is no such account."))
    elif connection.actor.user_id not in account.owners and not connection.actor.elevated:
        _refuse(connection, message, Refusal(Code.NOT_OWNER, "account_id", "You do not own that account."))
    else:
        change_actor(connection, account_id, connection.actor.elevated, _done(connection, message))


def set_elevated(connection: "Connection", message: Any) -> None:
    """Switches the powers of an admin on or off. Needs a slot."""
    elevated = message.set_elevated.elevated
    if elevated and not connection.login.terms.is_admin:
        _refuse(connection, message, Refusal(Code.NOT_ALLOWED, "elevated", "Only an admin can switch elevation on."))
        return
    account_id = connection.actor.account_id if elevated else account_without_elevation(connection)
    change_actor(connection, account_id, elevated, _done(connection, message))


def _done(connection: "Connection", message: Any) -> bytes:
    engine = connection.context.engine
    return encode_done(message.request_id, engine.state.sequence, engine.now())


def _refuse(connection: "Connection", message: Any, refusal: Refusal) -> None:
    context, engine = connection.context, connection.context.engine
    context.metrics.refusals[refusal.code] += 1
    payload = encode_refusal(message.request_id, engine.state.sequence, engine.now(), refusal)
    engine.ask(lambda: connection.reply(payload))


def change_actor(connection: "Connection", account_id: int, elevated: bool, reply: bytes = b"") -> None:
    """Later requests act so at once; the feed, and the reply to who asked, follow when all before is published.

    Needs a slot.
    """
    context, engine, publisher = connection.context, connection.context.engine, connection.context.publisher
    state, before = engine.state, connection.actor
    connection.actor, connection.displaced = before._replace(account_id=account_id, elevated=elevated), False
    owned = frozenset(state.users[before.user_id].owned)  # as of now, not of the release
    limits = connection.subscriber.view.markets
    acted_as = NONE if before.account_id not in owned and not before.elevated else frozenset({before.account_id})
    shown = state.lens.look(View(before.user_id, before.account_id, before.elevated, owned | acted_as, limits))
    then = state.lens.look(View(before.user_id, account_id, elevated, owned | {account_id}, limits))
    parts = changed_parts(state, shown, then, context.snapshots)
    parts += private_parts(state, frozenset({account_id} - owned), then.hidden)
    sequence, now = state.sequence, engine.now()

    def change() -> None:
        publisher.finish()
        subscriber = connection.subscriber
        former = subscriber.view
        kept = former.accounts - ({former.account_id} - owned)
        accounts = kept | {account_id}
        view = publisher.lens.look(former._replace(account_id=account_id, elevated=elevated, accounts=accounts))
        publisher.audiences.change(subscriber, view)
        publisher.send_parts(subscriber, parts)
        gone = view.hidden - former.hidden
        connection.outbox.put(encode_view_changed(view, sequence, now, gone))
        if reply:
            connection.reply(reply)

    engine.ask(change)


def account_without_elevation(connection: "Connection") -> int:
    """The account it goes on as when elevation ends: acting as a stranger ends with it."""
    user = connection.context.engine.state.users[connection.actor.user_id]
    return connection.actor.account_id if connection.actor.account_id in user.owned else user.account_id


async def demote(connection: "Connection") -> None:
    """Its user is no admin any more: elevation ends, and cannot be switched on again."""
    connection.login = connection.login._replace(terms=connection.login.terms._replace(is_admin=False))
    if connection.actor.elevated:
        await connection.context.engine.take_slot()
        acted_as = connection.actor.account_id
        change_actor(connection, account_without_elevation(connection), False)
        connection.displaced = connection.actor.account_id != acted_as
