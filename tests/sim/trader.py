"""A random client of the simulation: asks for anything, drops, stalls, comes back and retries what it does not know."""

from dataclasses import dataclass, field
from random import Random
from typing import Any

import trio
from trio_websocket import ConnectionClosed, HandshakeError

from exchange.core.refusals import Code
from exchange_client.schema import types_pb2
from tests.sim import requests
from tests.sim.harness import House
from tests.sim.raw_client import RawClient, ServerMessage
from tests.sim.requests import ClientMessage, code_of, kind_of

BAD_SIZE = 666
STATUSES = (types_pb2.MARKET_STATUS_OPEN, types_pb2.MARKET_STATUS_OPEN, types_pb2.MARKET_STATUS_HALTED)
LOST = (ConnectionClosed, HandshakeError, trio.BrokenResourceError, trio.ClosedResourceError, AssertionError)


@dataclass
class World:
    """What the traders of one run share."""

    house: House
    heard: list[str] = field(default_factory=list)
    highest_acknowledged: int = 0
    accounts: list[int] = field(default_factory=list)
    over: bool = False


class Trader:
    """One client process. ``issued`` is every request it sent, ``resolved`` what became of each."""

    def __init__(self, name: str, world: World, seed: int, *, markets: tuple[int, ...] = ()) -> None:
        self.name = name
        self.random = Random(f"{name} {seed}")
        self.client = RawClient(name, session=self.random.randbytes(16), markets=markets)
        self.client.on_message = self._heard
        self.is_admin = name.endswith(":admin")
        self.world = world
        self.issued: dict[int, ClientMessage] = {}
        self.resolved: dict[int, ServerMessage] = {}
        self.counts: dict[str, int] = {}
        self._floors: dict[int, int] = {}
        self._made = 0

    # Hearing.

    def _heard(self, message: ServerMessage) -> None:
        world, request_id = self.world, message.request_id
        world.heard.append(f"{trio.current_time():.9f} {self.name} {message.SerializeToString(deterministic=True)!r}")
        if not request_id or request_id not in self.issued:
            return
        if request_id in self.resolved:
            former = self.resolved[request_id]
            assert code_of(former) or code_of(message) or former == message, (
                request_id,
                self.issued[request_id],
                former,
                message,
            )
            return
        self.resolved[request_id] = message
        kind = kind_of(message) if not code_of(message) else Code(code_of(message)).name
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if not code_of(message) and self._is_remembered(request_id):
            assert message.sequence > self._floors[request_id], (
                "decided before what was acknowledged before it was sent"
            )
            world.highest_acknowledged = max(world.highest_acknowledged, message.sequence)

    def _is_remembered(self, request_id: int) -> bool:
        return self.issued[request_id].WhichOneof("request") not in ("act_as", "set_elevated", "ping")

    @property
    def unresolved(self) -> list[ClientMessage]:
        return [message for request_id, message in self.issued.items() if request_id not in self.resolved]

    # Living.

    async def live(self) -> None:
        """Trades until the world is over, through lost connections."""
        while not self.world.over:
            try:
                await self._connect()
                while not self.world.over and not self.client.ended.is_set():
                    await self._act()
                    await trio.sleep(self.random.expovariate(4.0))
            except LOST as lost:
                if isinstance(lost, AssertionError) and not self.client.ended.is_set():
                    raise
            await trio.sleep(self.random.random())

    async def resolve_all(self) -> None:
        """At the end: connects once more and retries until everything issued is resolved."""
        if self.client.ended.is_set() or not self.client.ready:
            await self._connect()
        await self.client.until(lambda: not self.unresolved)

    async def _connect(self) -> None:
        house, client = self.world.house, self.client
        with trio.fail_after(120):
            await house.connect(client, f"dev:{self.name}", resume=self.random.random() < 0.9)
            await client.wait_ready()
        assert client.welcome is not None
        if client.welcome.account_id not in self.world.accounts:
            self.world.accounts.append(client.welcome.account_id)
        for message in self.unresolved:
            if not self._is_remembered(message.request_id):
                self.resolved[message.request_id] = ServerMessage()
        again = self.unresolved
        if self.is_admin:
            await self._send(requests.elevate())
        if again:
            await client.send(*again)

    async def _send(self, *messages: ClientMessage) -> None:
        numbered = [self.client.numbered(message) for message in messages]
        for message in numbered:
            self.issued[message.request_id] = message
            self._floors[message.request_id] = self.world.highest_acknowledged
        await self.client.send(*numbered)

    async def _act(self) -> None:
        chance = self.random.random()
        if chance < 0.04:
            self.client.drop()
            raise trio.ClosedResourceError
        if chance < 0.06:
            await self._stall()
        else:
            await self._send(*[self._request() for _ in range(self.random.choice((1, 1, 1, 2, 5)))])

    async def _stall(self) -> None:
        gate = self.world.house.gates[self.name]
        gate.close()
        await trio.sleep(self.random.random() * 5)
        gate.open()

    # Asking.

    def _request(self) -> ClientMessage:
        kinds: list[tuple[float, Any]] = [
            (60, self._order), (10, self._amend), (12, self._cancel), (3, self._cancel_all), (3, self._transfer),
            (1, self._account), (1, self._market), (2, self._act_as), (1, self._settle), (1, self._nonsense),
            (8, self._batch), (1, self._rename), (2, self._share), (2, self._guard), (1, self._dead_man),
        ]  # fmt: skip
        if self.is_admin:
            kinds += [
                (30, self._grant), (4, self._status), (5, self._claw_back), (4, self._revoke), (20, self._sight),
                (2, self._special_market), (1, self._fund), (2, self._unsettle), (4, self._elevation),
            ]  # fmt: skip
        weights = [weight for weight, _ in kinds]
        made: ClientMessage = self.random.choices([make for _, make in kinds], weights)[0]()
        return made

    def _market_id(self) -> int:
        known = [key for key, market in self.client.model.markets.items() if market.status == 1]
        return self.random.choice(known) if known and self.random.random() < 0.95 else self.random.randint(1, 9)

    def _own_order(self) -> tuple[int, int]:
        cash = self.client.model.cash
        own = [(o.market_id, key) for key, o in self.client.model.orders.items() if o.account_id in cash]
        return self.random.choice(own) if own and self.random.random() < 0.9 else (1, self.random.randint(1, 99))

    def _order(self) -> ClientMessage:
        random = self.random
        make = random.choice((requests.bid, requests.offer))
        size = BAD_SIZE if random.random() < 0.004 else random.randint(1, 30)
        terms: dict[str, Any] = {
            "time_in_force": random.choice((0, 0, 0, 0, 1, 2, 3)),
            "post_only": random.random() < 0.1,
            "self_trade_prevention": random.randint(0, 4),
            "tag": random.choice((b"", b"", b"a", b"b")),
            "market_order": random.random() < 0.05,
        }
        return make(self._market_id(), random.randint(35, 65), size, **terms)

    def _amend(self) -> ClientMessage:
        market_id, order_id = self._own_order()
        terms: dict[str, Any] = {}
        if self.random.random() < 0.7:
            terms["price"] = self.random.randint(35, 65)
        if self.random.random() < 0.7:
            terms["size"] = self.random.randint(1, 40)
        return requests.amend(market_id, order_id, **terms)

    def _cancel(self) -> ClientMessage:
        return requests.cancel(*self._own_order())

    def _cancel_all(self) -> ClientMessage:
        return requests.cancel_all(self.random.choice((0, self._market_id())))

    def _transfer(self) -> ClientMessage:
        return requests.transfer(self.random.choice(self.world.accounts), self.random.randint(1, 5_000))

    def _grant(self) -> ClientMessage:
        return requests.grant(self.random.choice(self.world.accounts), self.random.randint(1, 100_000))

    def _account(self) -> ClientMessage:
        self._made += 1
        return requests.create_account(f"{self.name} {self._made}".replace(":", " "))

    def _market(self) -> ClientMessage:
        self._made += 1
        return requests.create_market(f"of {self.name} {self._made}", 0, 100)

    def _act_as(self) -> ClientMessage:
        return requests.act_as(self.random.choice([*self.client.model.cash, 1]))

    def _batch(self) -> ClientMessage:
        market_id = self._market_id()
        own = [self._own_order() for _ in range(3)]
        steps = [self._order() for _ in range(self.random.randint(0, 3))]
        steps += [requests.cancel(0, order_id) for own_market, order_id in own if own_market == market_id]
        for step in steps:
            getattr(step, step.WhichOneof("request") or "").market_id = market_id
        return requests.batch(market_id, *steps)

    def _rename(self) -> ClientMessage:
        self._made += 1
        account_id = self.random.choice([*self.client.model.cash, 1])
        return requests.rename(account_id, f"{self.name} renamed {self._made}".replace(":", " "))

    def _share(self) -> ClientMessage:
        return requests.share(self.random.choice([*self.client.model.cash, 1]), self.random.choice(self.world.accounts))

    def _guard(self) -> ClientMessage:
        return requests.guard(self.random.random() < 0.8)

    def _dead_man(self) -> ClientMessage:
        return requests.dead_man(self.random.choice((0, 1, 3, 10)))

    def _revoke(self) -> ClientMessage:
        everybodys = list(self.client.model.accounts)
        return requests.revoke(self.random.choice(everybodys), self.random.choice(self.world.accounts))

    def _claw_back(self) -> ClientMessage:
        return requests.claw_back(self.random.choice(self.world.accounts), self.random.randint(1, 10_000))

    def _settle(self) -> ClientMessage:
        return requests.settle(self._market_id(), self.random.randint(0, 100))

    def _status(self) -> ClientMessage:
        return requests.set_status(self.random.randint(1, 5), self.random.choice(STATUSES))

    # Restricted and anonymous markets: viewers come and go, and so does elevation.

    def _some_accounts(self) -> list[int]:
        everybody = self.world.accounts
        return self.random.sample(everybody, self.random.randint(1, max(1, len(everybody) // 2)))

    def _special_market(self) -> ClientMessage:
        self._made += 1
        terms: dict[str, Any] = {"restricted": self.random.random() < 0.7, "anonymous": self.random.random() < 0.5}
        name = f"special of {self.name} {self._made}".replace(":", " ")
        return requests.create_market(name, 0, 100, viewer_account_ids=self._some_accounts(), **terms)

    def _fund(self) -> ClientMessage:
        self._made += 1
        basket = {self._market_id(): self.random.choice((1, 1, 2)), self._market_id(): 1}
        return requests.create_fund(f"fund of {self.name} {self._made}".replace(":", " "), basket)

    def _sight(self) -> ClientMessage:
        terms: dict[str, Any] = {}
        if self.random.random() < 0.2:
            terms["restricted"] = self.random.random() < 0.6
        if self.random.random() < 0.2:
            terms["anonymous"] = self.random.random() < 0.5
        if self.random.random() < 0.7:
            terms["add"] = self._some_accounts()
        if self.random.random() < 0.5:
            terms["remove"] = self._some_accounts()
        return requests.edit_market(self._market_id(), **terms)

    def _unsettle(self) -> ClientMessage:
        return requests.unsettle(self._market_id(), cover=True)

    def _elevation(self) -> ClientMessage:
        return requests.elevate(self.random.random() < 0.7)

    def _nonsense(self) -> ClientMessage:
        return requests.bid(1, self.random.randint(-500, 500), self.random.randint(-5, 5))
