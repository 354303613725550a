"""What people ask for, in the words of the wire: choices, times, marks, and orders in every form."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Literal, TypeVar

from exchange_client.book import Order
from exchange_client.clock import SECOND
from exchange_client.enums import KeyScope, RefusalCode, SelfTradePrevention, Side, TimeInForce
from exchange_client.errors import Refused, refuse
from exchange_client.number import Numeric, hundredths, whole
from exchange_client.schema import client_pb2 as wire
from exchange_client.values import OrderResult, tag_bytes, to_nanoseconds

E = TypeVar("E", bound=IntEnum)

SideName = Side | Literal["BUY", "SELL"]
TimeInForceName = TimeInForce | Literal["GTC", "IOC", "FOK", "GTD"]
SelfTradePreventionName = (
    SelfTradePrevention | Literal["CANCEL_RESTING", "CANCEL_INCOMING", "CANCEL_BOTH", "DECREMENT_BOTH"]
)
KeyScopeName = KeyScope | Literal["READ", "TRADE"]
AnOrder = Order | OrderResult | int
"""An order, what came of placing it, or its id."""


@dataclass(frozen=True, kw_only=True)
class OrderTerms:
    """How an order is placed, beside size and price.

    Args:
        time_in_force: ``GTC`` rests until it is cancelled, ``IOC`` trades what it can and drops the rest, ``FOK``
            trades all of its size or is refused, ``GTD`` rests until it expires.
        post_only: refused if it would trade at once.
        tag: a mark of one's own, at most 32 bytes, by which a restarted bot finds its orders.
        expires_in: seconds after which it ends by itself; makes it ``GTD``.
        expires_at: when it ends by itself, as a ``datetime`` or nanoseconds of the exchange's clock; makes it ``GTD``.
        self_trade_prevention: what happens where it meets an order of the same account.
    """

    time_in_force: TimeInForceName | None = None
    post_only: bool = False
    tag: str | bytes = ""
    expires_in: float | None = None
    expires_at: datetime | int | None = None
    self_trade_prevention: SelfTradePreventionName = SelfTradePrevention.CANCEL_RESTING


@dataclass(frozen=True)
class _Placing(OrderTerms):
    size: Numeric
    at: Numeric | None = None


class Buy(_Placing):
    """A step of a batch that places a bid; as :meth:`Market.buy`."""


class Sell(_Placing):
    """A step of a batch that places an offer; as :meth:`Market.sell`."""


@dataclass(frozen=True)
class Amend:
    """A step of a batch that changes an order; as :meth:`Market.amend`."""

    order: AnOrder = 0
    price: Numeric | None = None
    size: Numeric | None = None
    tag: str | bytes = ""
    self_trade_prevention: SelfTradePreventionName = SelfTradePrevention.CANCEL_RESTING


@dataclass(frozen=True)
class Cancel:
    """A step of a batch that ends an order; one that has ended already is no mistake."""

    order: AnOrder = 0
    tag: str | bytes = ""


Step = Buy | Sell | Amend | Cancel


def choice(kind: type[E], value: E | str, field: str) -> E:
    """A choice that was given as itself or by name. Raises :class:`Refused`."""
    if isinstance(value, kind):
        return value
    try:
        return kind[str(value).upper()]
    except KeyError:
        names = ", ".join(member.name for member in kind if member.value)
        raise refuse(RefusalCode.INVALID_VALUE, f"{value!r} is none of {names}.", field) from None


def order_id_of(order: AnOrder) -> int:
    """The id of an order, however it was named. Raises :class:`Refused` where it cannot be one."""
    return whole(order if isinstance(order, int) else order.order_id, "order_id")


def place_order(
    market_id: int, side: Side, size: Numeric, at: Numeric | None, terms: OrderTerms, now: int
) -> wire.PlaceOrder:
    """A new order. ``now`` is the exchange's time. Raises :class:`Refused` where a number does not fit."""
    expires_at = 0
    if terms.expires_in is not None:
        expires_at = _time_in(terms.expires_in, now)
    elif terms.expires_at is not None:
        expires_at = to_nanoseconds(terms.expires_at, "expires_at")
    in_force = terms.time_in_force or (TimeInForce.GTD if expires_at else TimeInForce.GTC)
    order = wire.PlaceOrder(
        market_id=market_id,
        side=side.value,  # type: ignore[arg-type]
        size=_positive_size(size),
        time_in_force=choice(TimeInForce, in_force, "time_in_force").value,  # type: ignore[arg-type]
        post_only=terms.post_only,
        self_trade_prevention=_prevention(terms.self_trade_prevention),  # type: ignore[arg-type]
        tag=tag_bytes(terms.tag),
        expires_at=expires_at,
    )
    if at is None:
        order.market_order = True
    else:
        order.price = hundredths(at, "price")
    return order


def amend_order(market_id: int, amendment: Amend) -> wire.AmendOrder:
    """A change of an order. Raises :class:`Refused` where a number does not fit."""
    return wire.AmendOrder(
        market_id=market_id,
        order_id=order_id_of(amendment.order),
        tag=tag_bytes(amendment.tag),
        price=None if amendment.price is None else hundredths(amendment.price, "price"),
        size=None if amendment.size is None else _positive_size(amendment.size),
        self_trade_prevention=_prevention(amendment.self_trade_prevention),  # type: ignore[arg-type]
    )


def cancel_order(market_id: int, cancel: Cancel) -> wire.CancelOrder:
    """The end of an order."""
    return wire.CancelOrder(market_id=market_id, order_id=order_id_of(cancel.order), tag=tag_bytes(cancel.tag))


def batch_step(market_id: int, step: Step, now: int) -> wire.BatchStep:
    """One step of a batch."""
    if isinstance(step, Amend):
        return wire.BatchStep(amend_order=amend_order(market_id, step))
    if isinstance(step, Cancel):
        return wire.BatchStep(cancel_order=cancel_order(market_id, step))
    side = Side.BUY if isinstance(step, Buy) else Side.SELL
    return wire.BatchStep(place_order=place_order(market_id, side, step.size, step.at, step, now))


def batch_steps(market_id: int, steps: Sequence[Step], now: int) -> list[wire.BatchStep]:
    """The steps of a batch. A refusal names its step, as those of the exchange do."""
    made: list[wire.BatchStep] = []
    for index, step in enumerate(steps):
        try:
            made.append(batch_step(market_id, step, now))
        except Refused as refused:
            raise refuse(refused.code, refused.message, f"steps[{index}].{refused.field}") from None
    return made


def _time_in(seconds: float, now: int) -> int:
    if not math.isfinite(seconds):
        raise refuse(RefusalCode.INVALID_VALUE, f"An order cannot expire in {seconds} s.", "expires_in")
    return whole(now + round(seconds * SECOND), "expires_in")


def _positive_size(size: Numeric) -> int:
    raw = hundredths(size, "size")
    if raw <= 0:
        raise refuse(RefusalCode.INVALID_VALUE, f"A size must be above 0, not {size}.", "size")
    return raw


def _prevention(value: SelfTradePreventionName) -> int:
    return choice(SelfTradePrevention, value, "self_trade_prevention").value
