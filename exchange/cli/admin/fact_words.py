"""Facts of the audit, as people would say them."""

from collections.abc import Callable, Mapping
from typing import Any

from exchange.cli.admin.amounts import show_cash, show_number, show_time
from exchange.cli.admin.desk import Desk
from exchange_client import Fact, MarketStatus, TransferKind
from exchange_client.number import in_cash, in_contracts

Fields = Mapping[str, Any]
_HUNDREDTHS = frozenset({"low", "high", "price", "size", "remaining", "position_limit", "redeem_fee"})
_SENDERS = {TransferKind.GRANT: "grants", TransferKind.COVER: "covers", TransferKind.CLAW_BACK: "gives back"}


def in_words(desk: Desk, fact: Fact) -> str:
    """One fact in one line, or in several where somebody wrote several."""
    say = _SENTENCES.get(fact.kind)
    if say is not None:
        return say(desk, fact.fields)
    return f"{fact.kind.replace('_', ' ')}: {_listed(desk, fact.fields)}"


def _transferred(desk: Desk, fields: Fields) -> str:
    transfer = fields["transfer"]
    verb = _SENDERS.get(TransferKind(transfer["kind"]), "pays")
    sender, recipient = (desk.account_name(transfer[key]) for key in ("from_account_id", "to_account_id"))
    note = f" ({transfer['note']})" if transfer.get("note") else ""
    return f"{sender} {verb} {show_cash(in_cash(transfer['amount']))} to {recipient}{note}"


def _status_changed(desk: Desk, fields: Fields) -> str:
    return f"{_market(desk, fields)} is {MarketStatus(fields['status']).name.lower()}"


def _market_created(desk: Desk, fields: Fields) -> str:
    market = fields["market"]
    kind = "fund" if market.get("constituents") else "market"
    return f"{kind} {market['name']!r} is created: {_listed(desk, market, without=('name', 'created_at'))}"


def _market_edited(desk: Desk, fields: Fields) -> str:
    return f"{_market(desk, fields)} has {_listed(desk, fields, without=('market_id',))}"


def _settled(desk: Desk, fields: Fields) -> str:
    return f"{_market(desk, fields)} settles at {show_number(in_contracts(fields.get('price', 0)))}"


def _unsettled(desk: Desk, fields: Fields) -> str:
    return f"the settlement of {_market(desk, fields)} is reversed"


def _group_changed(desk: Desk, fields: Fields) -> str:
    group = fields["group"]
    return f"group {group['group_id']} is {group['name']!r}: {group.get('description') or 'no description'}"


def _announced(desk: Desk, fields: Fields) -> str:
    return f"announces: {fields['announcement']['text']}"


def _access_changed(desk: Desk, fields: Fields) -> str:
    account = desk.account_name(fields["account_id"])
    user = desk.user_name(fields["user_id"])
    return f"{user} {'becomes an owner' if fields.get('owner') else 'is no longer an owner'} of {account}"


def _account_created(desk: Desk, fields: Fields) -> str:
    return f"account {fields['account']['name']!r} is created"


def _account_renamed(desk: Desk, fields: Fields) -> str:
    return f"account {fields['account_id']} is called {fields['name']!r}"


def _invited(desk: Desk, fields: Fields) -> str:
    note = f" ({fields['note']})" if fields.get("note") else ""
    cash = f" with {show_cash(in_cash(fields['starting_cash']))}" if fields.get("starting_cash") else ""
    return f"invites {fields['name']!r}{note}{cash}"


def _invitation_revoked(desk: Desk, fields: Fields) -> str:
    return f"invitation {fields['invitation_id']} is ended"


def _key_issued(desk: Desk, fields: Fields) -> str:
    return f"key {fields['key_id']} of {desk.user_name(fields['user_id'])} is made"


def _key_revoked(desk: Desk, fields: Fields) -> str:
    return f"key {fields['key_id']} is ended"


_SENTENCES: dict[str, Callable[[Desk, Fields], str]] = {
    "transferred": _transferred,
    "market_status_changed": _status_changed,
    "market_created": _market_created,
    "market_edited": _market_edited,
    "market_settled": _settled,
    "market_unsettled": _unsettled,
    "group_changed": _group_changed,
    "announced": _announced,
    "access_changed": _access_changed,
    "account_created": _account_created,
    "account_renamed": _account_renamed,
    "invitation_issued": _invited,
    "invitation_revoked": _invitation_revoked,
    "api_key_issued": _key_issued,
    "api_key_revoked": _key_revoked,
}


def _market(desk: Desk, fields: Fields) -> str:
    market = desk.exchange.markets.get(fields["market_id"])
    return market.name if market is not None else f"market {fields['market_id']}"


def _listed(desk: Desk, fields: Fields, *, without: tuple[str, ...] = ()) -> str:
    return ", ".join(
        f"{key.removesuffix('_id').replace('_', ' ')} {_value(desk, key, value)}"
        for key, value in fields.items()
        if key not in without and not isinstance(value, bytes)  # hashes and the like
    )


def _value(desk: Desk, key: str, value: Any) -> str:
    match value:
        case Mapping():
            return f"({_listed(desk, value)})"
        case tuple():
            return f"[{'; '.join(_value(desk, key, item) for item in value)}]"
        case bool():
            return "yes" if value else "no"
        case int() if key.endswith("account_id"):
            return desk.account_name(value)
        case int() if key == "market_id":
            return _market(desk, {key: value})
        case int() if key in _HUNDREDTHS:
            return show_number(in_contracts(value))
        case int() if key.endswith(("_at", "time")):
            return show_time(value) or "never"
        case int() if key == "group_id":
            group = desk.exchange.groups.get(value)
            return repr(group.name) if group is not None else "none"
    return repr(value) if isinstance(value, str) else str(value)
