"""What users of the wire ask for: anything that a client can, of things that are there and of some that are not."""

from random import Random
from typing import Any

from exchange_client.schema import client_pb2, types_pb2
from tests.sim import requests
from tests.sim.fuzz import KINDS, Hints
from tests.sim.raw_client import RawClient
from tests.sim.requests import ClientMessage
from tests.sim.world import World

STATUSES = (types_pb2.MARKET_STATUS_OPEN, types_pb2.MARKET_STATUS_OPEN, types_pb2.MARKET_STATUS_HALTED)
READING = [kind for kind in KINDS if kind.startswith(("get_", "list_"))]
NEAR = (35, 65)  # prices that meet


class RequestMaker:
    """Makes requests of one user, from what their client knows."""

    def __init__(self, name: str, client: RawClient, world: World, random: Random, *, is_admin: bool) -> None:
        self.name = name
        self.client = client
        self.world = world
        self.random = random
        self.is_admin = is_admin
        self._made = 0

    def request(self) -> ClientMessage:
        """The next one."""
        kinds: list[tuple[float, Any]] = [
            (60, self._order), (10, self._amend), (12, self._cancel), (3, self._cancel_all), (3, self._transfer),
            (1, self._account), (1, self._market), (2, self._act_as), (1, self._settle), (1, self._nonsense),
            (8, self._batch), (1, self._rename), (2, self._share), (2, self._guard), (1, self._dead_man),
            (2, self._redeem), (2, self._tagged), (2, self._read),
        ]  # fmt: skip
        if self.is_admin:
            kinds += [
                (30, self._grant), (4, self._status), (5, self._claw_back), (4, self._revoke), (20, self._sight),
                (2, self._special_market), (1, self._fund), (2, self._unsettle), (4, self._elevation),
            ]  # fmt: skip
        weights = [weight for weight, _ in kinds]
        made: ClientMessage = self.random.choices([make for _, make in kinds], weights)[0]()
        return made

    def hints(self) -> Hints:
        """What there is, for requests that are made up."""
        model = self.client.model
        own = [(order.market_id, key) for key, order in model.orders.items() if order.account_id in model.cash]
        return Hints({"market": list(model.markets), "account": self._accounts}, own)

    @property
    def _accounts(self) -> list[int]:
        return list(self.client.model.accounts) or [1]

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
        size = random.randint(1, 30)
        terms: dict[str, Any] = {
            "time_in_force": random.choice((0, 0, 0, 0, 1, 2, 3)),
            "post_only": random.random() < 0.1,
            "self_trade_prevention": random.randint(0, 4),
            "tag": random.choice((b"", b"a", b"a", b"b")),
            "market_order": random.random() < 0.05,
        }
        return make(self._market_id(), random.randint(*NEAR), size, **terms)

    def _amend(self) -> ClientMessage:
        market_id, order_id = self._own_order()
        terms: dict[str, Any] = {}
        if self.random.random() < 0.7:
            terms["price"] = self.random.randint(*NEAR)
        if self.random.random() < 0.7:
            terms["size"] = self.random.randint(1, 40)
        return requests.amend(market_id, order_id, **terms)

    def _cancel(self) -> ClientMessage:
        return requests.cancel(*self._own_order())

    def _cancel_all(self) -> ClientMessage:
        return requests.cancel_all(self.random.choice((0, self._market_id())))

    def _transfer(self) -> ClientMessage:
        return requests.transfer(self.random.choice(self._accounts), self.random.randint(1, 5_000))

    def _grant(self) -> ClientMessage:
        return requests.grant(self.random.choice(self._accounts), self.random.randint(1, 100_000))

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
        return requests.share(self.random.choice([*self.client.model.cash, 1]), self.random.choice(self._accounts))

    def _guard(self) -> ClientMessage:
        return requests.guard(self.random.random() < 0.8)

    def _dead_man(self) -> ClientMessage:
        return requests.dead_man(self.random.choice((0, 1, 3, 10)))

    def _revoke(self) -> ClientMessage:
        everybodys = list(self.client.model.accounts)
        return requests.revoke(self.random.choice(everybodys), self.random.choice(self._accounts))

    def _claw_back(self) -> ClientMessage:
        return requests.claw_back(self.random.choice(self._accounts), self.random.randint(1, 10_000))

    def _settle(self) -> ClientMessage:
        return requests.settle(self._market_id(), self.random.randint(0, 100))

    def _status(self) -> ClientMessage:
        return requests.set_status(self.random.randint(1, 5), self.random.choice(STATUSES))

    # Restricted and anonymous markets: viewers come and go, and so does elevation.

    def _some_accounts(self) -> list[int]:
        everybody = self._accounts
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

    def _redeem(self) -> ClientMessage:
        return requests.redeem(self.random.randint(1, 9), self.random.choice((-3, -1, 1, 2)))

    def _tagged(self) -> ClientMessage:
        market_id, tag = self._market_id(), self.random.choice((b"a", b"b"))
        return ClientMessage(cancel_order=client_pb2.CancelOrder(market_id=market_id, tag=tag))

    def _read(self) -> ClientMessage:
        message = ClientMessage()
        body: Any = getattr(message, self.random.choice(READING))
        body.SetInParent()
        names = {field.name for field in body.DESCRIPTOR.fields}
        if "market_id" in names:
            body.market_id = self._market_id()
        if "interval_seconds" in names:
            body.interval_seconds = 60
        if "page" in names:
            body.page.limit = self.random.choice((0, 1, 3))
        return message

    def _nonsense(self) -> ClientMessage:
        return requests.bid(1, self.random.randint(-500, 500), self.random.randint(-5, 5))
