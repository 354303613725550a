"""Facts applied per second by the client's state, against parsing the same frames and reading every field.

Both sides get the same frames of the same history: orders that rest, trade, are amended and cancelled, as a bot with
an account among them is sent them.
"""

import gc
import json
import random
import statistics
import sys
import time
from collections.abc import Sequence
from typing import Any

from exchange.core import commands
from exchange.core.apply import apply
from exchange.core.commands import SYSTEM, Actor
from exchange.core.facts import Decision
from exchange.core.rules import decide
from exchange.core.state import Limits
from exchange.core.state import State as ExchangeState
from exchange.core.units import Side, TimeInForce
from exchange.wire.facts import encode_facts, end_of_frame
from exchange_client.schema import server_pb2 as s
from exchange_client.state import State
from exchange_client.streams import Hub

FACTS = 20_000
FACTS_PER_FRAME = 20  # what a busy market's frames hold
ROUNDS = 7


def history(count: int, per_frame: int = FACTS_PER_FRAME) -> tuple[s.ServerMessage, list[bytes]]:
    """A snapshot to begin with, and frames of so many facts in all."""
    source = random.Random(5)
    exchange = ExchangeState(Limits(starting_cash=10**12))
    facts: list[bytes] = []

    def run(actor: Actor, command: Any) -> None:
        outcome = decide(exchange, actor, command, exchange.time + 10)
        if isinstance(outcome, Decision) and outcome.facts:
            apply(exchange, exchange.sequence + 1, exchange.time + 10, outcome.facts)
            facts.append(encode_facts(exchange.sequence, exchange.time, outcome.facts))

    for command in (commands.OpenExchange(), *(commands.SignIn(f"{number}", f"{number}") for number in range(50))):
        run(SYSTEM, command)
    actors = [Actor(user.user_id, user.account_id) for user in exchange.users.values()]
    run(actors[0], commands.CreateMarket("Rain", "", 0, 10_000))
    market = next(iter(exchange.markets.values()))
    begin = len(facts)
    while len(facts) < begin + count:
        actor, chance = source.choice(actors), source.random()
        mine = [order for order in list(market.book.orders.values())[-200:] if order.account_id == actor.account_id]
        if chance < 0.7 or not mine:
            price, size = 5_000 + int(source.gauss(0, 60)), source.randint(1, 1_000)
            order = commands.PlaceOrder(market.market_id, source.choice(list(Side)), price, size, TimeInForce.GTC)
            run(actor, order)
        elif chance < 0.8:
            run(actor, commands.AmendOrder(market.market_id, source.choice(mine).order_id, size=source.randint(1, 500)))
        else:
            run(actor, commands.CancelOrder(market.market_id, source.choice(mine).order_id))
    snapshot = s.ServerMessage()
    snapshot.snapshot.first = True
    snapshot.snapshot.portfolios.add(account_id=actors[0].account_id, cash=10**12)
    created = s.ServerFrame.FromString(facts[begin - 1]).messages[0].market_created.market
    snapshot.snapshot.markets.append(created)
    feed = facts[begin : begin + count]
    joined = (feed[first : first + per_frame] for first in range(0, count, per_frame))
    return snapshot, [b"".join(part) + end_of_frame(first + 1, 1) for first, part in enumerate(joined)]


def apply_all(snapshot: s.ServerMessage, frames: Sequence[bytes]) -> float:
    """Seconds that the client's state needs for all frames."""
    state = State(Hub())
    state.user_id = 1
    state.apply(snapshot)
    state.account_id = next(iter(state.portfolios))
    began = time.perf_counter()
    for data in frames:
        for message in s.ServerFrame.FromString(data).messages:
            state.apply(message)
    return time.perf_counter() - began


def read_all(frames: Sequence[bytes]) -> float:
    """Seconds that it takes to parse all frames and look at every field of every message."""
    began = time.perf_counter()
    for data in frames:
        for message in s.ServerFrame.FromString(data).messages:
            read(message)
    return time.perf_counter() - began


def read(message: s.ServerMessage) -> None:
    """Looks at every field of a fact, present or not, as code that needs them does."""
    _ = message.request_id, message.sequence, message.time
    kind = message.WhichOneof("message")
    if kind == "order_placed":
        fact = message.order_placed
        _ = (
            fact.market_id, fact.order_id, fact.account_id, fact.side, fact.price, fact.size, fact.remaining,
            fact.time_in_force, fact.expires_at, fact.tag, fact.session_number, fact.post_only,
        )  # fmt: skip
        matched: Any = fact
    elif kind == "order_amended":
        amended = message.order_amended
        _ = (
            amended.market_id, amended.order_id, amended.account_id, amended.price, amended.size, amended.remaining,
            amended.kept_place, amended.side,
        )  # fmt: skip
        matched = amended
    else:
        cancelled = message.orders_cancelled
        _ = cancelled.market_id, list(cancelled.order_ids), cancelled.reason, cancelled.account_id
        return
    for fill in matched.fills:
        _ = fill.order_id, fill.account_id, fill.size, fill.price
    for reduction in matched.reductions:
        _ = reduction.order_id, reduction.size


def run(facts: int = FACTS, rounds: int = ROUNDS) -> dict[str, float]:
    """Both, alternately; medians."""
    snapshot, frames = history(facts)
    applied, seen = [], []
    gc.freeze()
    for _ in range(rounds):
        applied.append(apply_all(snapshot, frames))
        seen.append(read_all(frames))
    ratios = [there / here for here, there in zip(applied, seen, strict=True)]
    return {
        "ratio_apply": round(statistics.median(ratios), 3),
        "applied_per_second": round(facts / statistics.median(applied)),
        "read_per_second": round(facts / statistics.median(seen)),
        "facts": facts,
        "rounds": rounds,
    }


def main() -> None:
    result = run()
    print(f"applied by the client     {result['applied_per_second']:>10,} facts/s")
    print(f"parsed, every field read  {result['read_per_second']:>10,} facts/s")
    print(f"ratio_apply               {result['ratio_apply']:>10} (at least 0.4)")
    if "--json" in sys.argv[1:]:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
