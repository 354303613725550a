"""What tests of restricted and anonymous markets ask, and how they look at what somebody was told."""

from typing import Any

from exchange_client.schema import client_pb2, types_pb2
from tests.sim.raw_client import RawClient, ServerMessage
from tests.sim.requests import (
    ClientMessage,
    amend,
    batch,
    bid,
    cancel,
    cancel_all,
    create_fund,
    create_market,
    edit_market,
    kind_of,
    offer,
    redeem,
    set_status,
    settle,
    unsettle,
)

SECRET = "Secret market"


def account_of(client: RawClient) -> int:
    assert client.welcome is not None
    return client.welcome.account_id


async def make_secret(root: RawClient, *viewers: RawClient, **terms: Any) -> int:
    """A new restricted market with these viewers."""
    ids = [account_of(viewer) for viewer in viewers]
    created = await root.ask(create_market(SECRET, restricted=True, viewer_account_ids=ids, **terms))
    assert kind_of(created) == "created", created
    return created.created.id


def hears_of(client: RawClient, start: int, market_id: int) -> list[str]:
    return [kind_of(message) for message in client.received[start:] if _names(message, market_id)]


def _names(message: Any, market_id: int) -> bool:
    """Whether a message names the market anywhere in it."""
    for field, value in message.ListFields():
        values = value if field.is_repeated else [value]
        if field.message_type is not None:
            if any(_names(each, market_id) for each in values):
                return True
        elif "market_id" in field.name and market_id in values:
            return True
    return False


def since(client: RawClient, start: int) -> list[ServerMessage]:
    return [message for message in client.received[start:] if kind_of(message) != "heartbeat"]


def reading(market_id: int) -> list[ClientMessage]:
    return [
        ClientMessage(get_trades=client_pb2.GetTrades(market_id=market_id)),
        ClientMessage(get_orders=client_pb2.GetOrders(market_id=market_id)),
        ClientMessage(get_fills=client_pb2.GetFills(market_id=market_id)),
        ClientMessage(get_candles=client_pb2.GetCandles(market_id=market_id, interval_seconds=60)),
        ClientMessage(get_market_facts=client_pb2.GetMarketFacts(market_id=market_id)),
        ClientMessage(get_market_positions=client_pb2.GetMarketPositions(market_id=market_id)),
    ]


def every_request(market_id: int) -> list[ClientMessage]:
    """Every request that can name a market."""
    return [
        bid(market_id, 50), offer(market_id, 500), bid(market_id, 50, -1), amend(market_id, 1, price=40),
        cancel(market_id, 1), cancel_all(market_id), batch(market_id, bid(market_id, 50)), batch(market_id),
        set_status(market_id, types_pb2.MARKET_STATUS_HALTED), edit_market(market_id, description="mine"),
        edit_market(market_id, restricted=False), edit_market(market_id), settle(market_id, 50),
        settle(market_id, 9999), unsettle(market_id), redeem(market_id, 1), redeem(market_id, 0),
        create_fund("Of it", {market_id: 1}), create_fund("Of both", {1: 1, market_id: 1}), *reading(market_id),
    ]  # fmt: skip


def undated(message: ServerMessage) -> ServerMessage:
    """A reply without when it was given."""
    copy = ServerMessage()
    copy.CopyFrom(message)
    copy.request_id = copy.sequence = copy.time = 0
    return copy
