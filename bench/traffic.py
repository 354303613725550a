"""Orders made ready before the clock runs: the same bytes for every round, in frames of one or of many.

Half of the traders buy and half sell; one order in ten crosses the spread and meets two others (in the sample of real
flow that the tests use one message in twelve is an execution), the others rest at nine prices. A run is short enough
for the book to stay within what one account may have open.
"""

import random
from typing import NamedTuple

from bench.frames import masked_frame
from exchange_client.schema import client_pb2, types_pb2

MIDDLE = 5_000
# Distance from the middle, towards the other side if positive, and size.
_BLOCK = (*((-distance, 1) for distance in range(1, 10)), (2, 2))
_SEED = 20_26
# Ids that all take three bytes, so that all orders are equally long and a frame is a slice of a buffer.
FIRST_ID, IDS_MAX = 100_000, 1_900_000


class Traffic(NamedTuple):
    """What one connection sends: ``frames`` frames of ``frame_bytes`` each, holding ``orders`` orders."""

    data: bytes
    frame_bytes: int
    frames: int
    orders: int
    per_frame: int
    payloads: bytes

    @property
    def payload_bytes(self) -> int:
        """Length of one message without the head of its frame."""
        return len(self.payloads) // self.frames


def make_traffic(market_id: int, side: types_pb2.Side, orders: int, per_frame: int = 1) -> Traffic:
    """Ready frames of a connection that only buys or only sells.

    ``orders`` is rounded up to whole frames and whole blocks.
    """
    unit = len(_BLOCK) * per_frame
    orders = -(-orders // unit) * unit
    if orders > IDS_MAX:
        raise ValueError(f"one connection sends at most {IDS_MAX:,} orders a round, not {orders:,}")
    elements = _elements(market_id, side, orders)
    payloads = [b"".join(elements[at : at + per_frame]) for at in range(0, orders, per_frame)]
    ready = [masked_frame(payload) for payload in payloads]
    assert len({len(frame) for frame in ready}) == 1
    return Traffic(b"".join(ready), len(ready[0]), len(ready), orders, per_frame, b"".join(payloads))


def _elements(market_id: int, side: types_pb2.Side, orders: int) -> list[bytes]:
    """Orders as elements of a frame, which may be joined."""
    chance = random.Random(_SEED)
    sign = 1 if side == types_pb2.SIDE_BUY else -1
    elements: list[bytes] = []
    while len(elements) < orders:
        block = list(_BLOCK)
        chance.shuffle(block)
        for distance, size in block:
            body = client_pb2.PlaceOrder(
                market_id=market_id,
                side=side,
                price=MIDDLE + sign * distance,
                size=size,
                time_in_force=types_pb2.TIME_IN_FORCE_GTC,
            )
            message = client_pb2.ClientMessage(request_id=FIRST_ID + len(elements), place_order=body)
            elements.append(client_pb2.ClientFrame(messages=[message]).SerializeToString())
    return elements
