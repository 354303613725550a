"""Requests in one line each."""

from collections.abc import Iterable
from typing import Any

from exchange_client.schema import client_pb2, server_pb2, types_pb2

ClientMessage = client_pb2.ClientMessage

BUY, SELL = types_pb2.SIDE_BUY, types_pb2.SIDE_SELL


def bid(market_id: int, price: int, size: int = 1, **terms: Any) -> ClientMessage:
    return ClientMessage(
        place_order=client_pb2.PlaceOrder(market_id=market_id, side=BUY, price=price, size=size, **terms)
    )


def offer(market_id: int, price: int, size: int = 1, **terms: Any) -> ClientMessage:
    return ClientMessage(
        place_order=client_pb2.PlaceOrder(market_id=market_id, side=SELL, price=price, size=size, **terms)
    )


def amend(market_id: int, order_id: int, **terms: Any) -> ClientMessage:
    return ClientMessage(amend_order=client_pb2.AmendOrder(market_id=market_id, order_id=order_id, **terms))


def cancel(market_id: int, order_id: int) -> ClientMessage:
    return ClientMessage(cancel_order=client_pb2.CancelOrder(market_id=market_id, order_id=order_id))


def cancel_all(market_id: int = 0) -> ClientMessage:
    return ClientMessage(cancel_orders=client_pb2.CancelOrders(market_id=market_id))


def create_market(name: str, low: int = 0, high: int = 100, **terms: Any) -> ClientMessage:
    return ClientMessage(create_market=client_pb2.CreateMarket(name=name, low=low, high=high, **terms))


def edit_market(market_id: int, *, add: Iterable[int] = (), remove: Iterable[int] = (), **terms: Any) -> ClientMessage:
    message = ClientMessage(edit_market=client_pb2.EditMarket(market_id=market_id, **terms))
    message.edit_market.add_viewer_account_ids.extend(add)
    message.edit_market.remove_viewer_account_ids.extend(remove)
    return message


def set_status(market_id: int, status: types_pb2.MarketStatus) -> ClientMessage:
    return ClientMessage(set_market_status=client_pb2.SetMarketStatus(market_id=market_id, status=status))


def settle(market_id: int, price: int) -> ClientMessage:
    return ClientMessage(settle_market=client_pb2.SettleMarket(market_id=market_id, price=price))


def create_fund(name: str, basket: dict[int, int], redeem_fee: int = 0) -> ClientMessage:
    message = ClientMessage(create_market=client_pb2.CreateMarket(name=name, redeem_fee=redeem_fee))
    for market_id, multiplier in basket.items():
        message.create_market.constituents.add(market_id=market_id, multiplier=multiplier)
    return message


def redeem(market_id: int, size: int) -> ClientMessage:
    return ClientMessage(redeem=client_pb2.Redeem(market_id=market_id, size=size))


def unsettle(market_id: int, *, cover: bool = False) -> ClientMessage:
    return ClientMessage(unsettle_market=client_pb2.UnsettleMarket(market_id=market_id, cover=cover))


def create_account(name: str) -> ClientMessage:
    return ClientMessage(create_account=client_pb2.CreateAccount(name=name))


def transfer(to: int, amount: int, *, sender: int = 0, note: str = "") -> ClientMessage:
    return ClientMessage(
        transfer=client_pb2.Transfer(from_account_id=sender, to_account_id=to, amount=amount, note=note)
    )


def grant(to: int, amount: int) -> ClientMessage:
    return ClientMessage(grant=client_pb2.Grant(to_account_id=to, amount=amount))


def batch(market_id: int, *steps: ClientMessage) -> ClientMessage:
    """One step of the market made of placing, amending and cancelling."""
    message = ClientMessage(batch=client_pb2.Batch(market_id=market_id))
    for step in steps:
        kind = step.WhichOneof("request") or ""
        getattr(message.batch.steps.add(), kind).CopyFrom(getattr(step, kind))
    return message


def rename(account_id: int, name: str) -> ClientMessage:
    return ClientMessage(rename_account=client_pb2.RenameAccount(account_id=account_id, name=name))


def share(account_id: int, with_account_id: int) -> ClientMessage:
    return ClientMessage(share_account=client_pb2.ShareAccount(account_id=account_id, with_account_id=with_account_id))


def revoke(account_id: int, from_account_id: int) -> ClientMessage:
    return ClientMessage(revoke_access=client_pb2.RevokeAccess(account_id=account_id, from_account_id=from_account_id))


def claw_back(from_account_id: int, amount: int) -> ClientMessage:
    return ClientMessage(claw_back=client_pb2.ClawBack(from_account_id=from_account_id, amount=amount))


def create_key(scope: types_pb2.KeyScope = types_pb2.KEY_SCOPE_TRADE, **terms: Any) -> ClientMessage:
    return ClientMessage(create_api_key=client_pb2.CreateApiKey(scope=scope, **terms))


def revoke_key(key_id: int) -> ClientMessage:
    return ClientMessage(revoke_api_key=client_pb2.RevokeApiKey(key_id=key_id))


def list_keys(everybody: bool = False) -> ClientMessage:
    return ClientMessage(list_api_keys=client_pb2.ListApiKeys(everybody=everybody))


def invite(*names: str, **terms: Any) -> ClientMessage:
    """Invites people of these names on the same terms."""
    people = [client_pb2.NewInvitation(name=name, **terms) for name in names]
    return ClientMessage(create_invitations=client_pb2.CreateInvitations(invitations=people))


def revoke_invitation(invitation_id: int) -> ClientMessage:
    return ClientMessage(revoke_invitation=client_pb2.RevokeInvitation(invitation_id=invitation_id))


def list_invitations() -> ClientMessage:
    return ClientMessage(list_invitations=client_pb2.ListInvitations())


def act_as(account_id: int) -> ClientMessage:
    return ClientMessage(act_as=client_pb2.ActAs(account_id=account_id))


def refresh(token: str) -> ClientMessage:
    return ClientMessage(refresh_token=client_pb2.RefreshToken(token=token))


def elevate(elevated: bool = True) -> ClientMessage:
    return ClientMessage(set_elevated=client_pb2.SetElevated(elevated=elevated))


def guard(enabled: bool = True) -> ClientMessage:
    """Asks that the session's orders end with it."""
    return ClientMessage(set_cancel_on_disconnect=client_pb2.SetCancelOnDisconnect(enabled=enabled))


def dead_man(seconds: int) -> ClientMessage:
    return ClientMessage(set_dead_man_timer=client_pb2.SetDeadManTimer(seconds=seconds))


def ping() -> ClientMessage:
    return ClientMessage(ping=client_pb2.Ping())


def kind_of(message: server_pb2.ServerMessage) -> str:
    """What a message of the server is."""
    return message.WhichOneof("message") or ""


def code_of(message: server_pb2.ServerMessage) -> int:
    """The code of a refusal; 0 for anything else."""
    return message.refusal.code if kind_of(message) == "refusal" else 0
