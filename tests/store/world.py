"""Core and store together: commands in, commits out, and random commands that make use of everything."""

import random
import shutil
from collections.abc import Callable
from pathlib import Path

import apsw

from exchange.core.apply import apply
from exchange.core.audience import decides_status, market_of_commit
from exchange.core.commands import (
    SYSTEM,
    Actor,
    AmendOrder,
    Announce,
    Batch,
    CancelOrder,
    CancelOrders,
    ClawBack,
    Command,
    CreateAccount,
    CreateGroup,
    CreateMarket,
    EditGroup,
    EditMarket,
    EndOrders,
    FireDeadManTimer,
    FollowSchedule,
    Grant,
    HaltAll,
    OpenExchange,
    PlaceOrder,
    Redeem,
    RenameAccount,
    ReportFailure,
    RestartDeadManTimers,
    RevokeAccess,
    SetCancelOnDisconnect,
    SetDeadManTimer,
    SetMarketStatus,
    SettleMarket,
    ShareAccount,
    SignIn,
    Transfer,
    UnsettleMarket,
)
from exchange.core.refusals import Refusal
from exchange.core.rules import decide
from exchange.core.state import Limits, State
from exchange.core.units import AccountKind, CancelReason, Constituent, MarketStatus, SelfTrade, Side, TimeInForce
from exchange.settings import Settings
from exchange.store.compare import differences
from exchange.store.database import Store, open_store
from exchange.store.journal import Commit, JournalRow, NewSession
from exchange.store.rows import rows_of
from exchange.store.verify import VerifyReport, verify
from tests.store.credentials import CREDENTIAL_MAKERS
from tests.store.records import Encode, decode, pickled
from tests.store.sight import edit_sight

LIMITS = Limits(starting_cash=10_000_000)
SESSION = 7
ADMIN = Actor(1, 2, elevated=True)
ANN, BOB = Actor(1, 2), Actor(2, 3)


def open_here(path: Path, *, create: bool = True, settings: Settings | None = None) -> Store:
    return open_store(path, now_ns=lambda: 5, random_bytes=lambda n: b"x" * n, create=create, settings=settings)


def check(path: Path) -> VerifyReport:
    return verify(path, decode)


def plant(path: Path, *statements: str) -> None:
    """Changes the file behind the exchange's back."""
    connection = apsw.Connection(str(path))
    for statement in statements:
        connection.execute(statement)
    connection.close()


class World:
    """An exchange with two users; commits wait until they are written."""

    def __init__(
        self, path: Path, settings: Settings | None = None, limits: Limits = LIMITS, encode: Encode | None = None
    ) -> None:
        self.path = path
        self.encode = encode or pickled
        self.store = open_here(path, settings=settings)
        self.state = State(limits)
        self.waiting: list[Commit] = []
        self.requests = 0
        self.accepted: dict[type, int] = {}
        self.run(SYSTEM, OpenExchange())
        for name in ("ann", "bob"):
            self.run(SYSTEM, SignIn(f"sub-{name}", name))
        self.waiting[-1] = self.waiting[-1]._replace(session=NewSession(SESSION, 1, b"token"))

    def run(self, actor: Actor, command: Command, *, remember: bool = False) -> Commit | Refusal | None:
        """Decides and applies one command, as the server's step does."""
        late = 2_000_000_000 if isinstance(command, FireDeadManTimer) else 0  # otherwise none would ever be due
        state, time = self.state, self.state.time + 1_000 + late
        decision = decide(state, actor, command, time)
        if isinstance(decision, Refusal):
            return decision
        if not decision.facts:
            return None
        sequence = state.sequence + 1
        apply(state, sequence, time, decision.facts)
        self.requests += remember
        row = JournalRow(
            sequence, time, actor.user_id, actor.account_id, actor.elevated, SESSION * remember,
            self.requests * remember, -sequence, isinstance(command, SignIn | CreateAccount),
            market_of_commit(decision.facts), any(map(decides_status, decision.facts)),
            self.encode(sequence, time, decision.facts), b"reply %d" % sequence,
        )  # fmt: skip
        commit = Commit(row, rows_of(state, sequence, time, decision.facts))
        self.waiting.append(commit)
        self.accepted[type(command)] = self.accepted.get(type(command), 0) + 1
        return commit

    def do(self, actor: Actor, command: Command, *, remember: bool = False) -> Commit:
        commit = self.run(actor, command, remember=remember)
        assert isinstance(commit, Commit), commit
        return commit

    def write(self, most: int | None = None) -> None:
        """Writes what waits, or its first commits, as one batch."""
        most = len(self.waiting) if most is None else most
        self.store.write(self.waiting[:most])
        del self.waiting[:most]

    def close(self) -> Path:
        self.write()
        self.store.close()
        return self.path

    def loaded_differences(self) -> list[str]:
        """What the file, read anew, has differently from memory."""
        return list(differences(self.state, self.store.load(self.state.limits)))

    def copy_as_after_a_crash(self, folder: Path) -> Path:
        """The files as they are now, without anything being closed; the shared memory is lost."""
        folder.mkdir()
        for file in self.path.parent.glob(self.path.name + "*"):
            if file.is_file() and not file.name.endswith(("-shm", ".lock")):
                shutil.copy(file, folder)
        return folder / self.path.name


def random_command(rng: random.Random, state: State) -> tuple[Actor, Command]:
    """Something that somebody might ask: mostly sensible, often refused."""
    user_id = rng.choice(list(state.users))
    account_id = rng.choice(sorted(state.users[user_id].owned))
    actor = Actor(user_id, account_id, rng.random() < 0.2, rng.choice((0, 0, SESSION)))
    make = rng.choices(list(_MAKERS), weights=list(_MAKERS.values()))[0]
    by_the_exchange = make in (_end, _sign_in, _fail, _follow, _fire, _restart_timers)
    return (SYSTEM if by_the_exchange else actor), make(rng, state, account_id)


def _market(rng: random.Random, state: State) -> int:
    return rng.choice(list(state.markets)) if state.markets else 1


def _place(rng: random.Random, state: State, account_id: int) -> Command:
    time_in_force = rng.choice((TimeInForce.GTC,) * 5 + (TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTD))
    return PlaceOrder(
        _market(rng, state), rng.choice(list(Side)), rng.randrange(-105, 205), rng.randrange(1, 300), time_in_force,
        rng.random() < 0.1, rng.choice(list(SelfTrade)), rng.choice((b"", b"a", b"\0\xff")),
        state.time + 10**6 if time_in_force == TimeInForce.GTD else 0, rng.random() < 0.05,
    )  # fmt: skip


def _own(state: State, account_id: int) -> list[tuple[int, int]]:
    return [(p.market_id, order_id) for p in state.accounts[account_id].positions.values() for order_id in p.orders]


def _order(rng: random.Random, state: State, account_id: int) -> tuple[int, int]:
    own = _own(state, account_id)
    return rng.choice(own) if own else (1, 1)


def _amend(rng: random.Random, state: State, account_id: int) -> Command:
    price = rng.choice((None, rng.randrange(-100, 200)))
    policy = rng.choice(list(SelfTrade))
    return AmendOrder(*_order(rng, state, account_id), b"", price, rng.choice((None, rng.randrange(1, 300))), policy)


def _cancel(rng: random.Random, state: State, account_id: int) -> Command:
    return CancelOrder(*_order(rng, state, account_id))


def _batch(rng: random.Random, state: State, account_id: int) -> Command:
    """Steps that also meet what the steps before them did."""
    own = [order for order in _own(state, account_id) if state.markets[order[0]].status == MarketStatus.OPEN]
    market_id = rng.choice(own)[0] if own else _market(rng, state)
    order_ids = [order_id for owned_in, order_id in own if owned_in == market_id] + [state.next_order_id]
    steps: list[PlaceOrder | AmendOrder | CancelOrder] = []
    for _ in range(rng.randrange(1, 5)):
        order_id = rng.choice(order_ids)
        price, size = rng.randrange(-100, 200), rng.randrange(1, 300)
        place = PlaceOrder(market_id, rng.choice(list(Side)), price, size)
        amend = AmendOrder(market_id, order_id, price=rng.choice((None, price)), size=rng.choice((size, 1)))
        steps.append(rng.choice((place, place, amend, amend, CancelOrder(market_id, order_id))))
    return Batch(market_id, tuple(steps))


def _cancel_all(rng: random.Random, state: State, account_id: int) -> Command:
    return CancelOrders(rng.choice((0, _market(rng, state))), rng.choice((None, *Side)))


def _end(rng: random.Random, state: State, account_id: int) -> Command:
    market_id, order_id = _order(rng, state, account_id)
    return EndOrders(market_id, (order_id,), CancelReason.EXPIRED)


def _create_market(rng: random.Random, state: State, account_id: int) -> Command:
    return CreateMarket(f"market {rng.randrange(1_000)}", "two\nlines", -100, 200)


def _create_fund(rng: random.Random, state: State, account_id: int) -> Command:
    basket = {_market(rng, state): rng.choice((-2, -1, 1, 3)) for _ in range(2)}
    constituents = tuple(Constituent(market_id, multiplier) for market_id, multiplier in basket.items())
    return CreateMarket(
        f"fund {rng.randrange(1_000)}", "", 0, 0, constituents=constituents, redeem_fee=rng.randrange(3)
    )


def _redeem(rng: random.Random, state: State, account_id: int) -> Command:
    funds = [market.market_id for market in state.markets.values() if market.constituents]
    return Redeem(rng.choice(funds or [1]), rng.choice((-1, 1)) * rng.randrange(1, 300))


def _unsettle(rng: random.Random, state: State, account_id: int) -> Command:
    settled = [market.market_id for market in state.markets.values() if market.status == MarketStatus.SETTLED]
    return UnsettleMarket(rng.choice(settled or [1]), rng.random() < 0.5)


def _status(rng: random.Random, state: State, account_id: int) -> Command:
    return SetMarketStatus(_market(rng, state), rng.choice((MarketStatus.OPEN,) * 4 + (MarketStatus.HALTED,)))


def _settle(rng: random.Random, state: State, account_id: int) -> Command:
    return SettleMarket(_market(rng, state), rng.randrange(-100, 201))


def _sign_in(rng: random.Random, state: State, account_id: int) -> Command:
    return SignIn(f"sub-{rng.randrange(8)}", "ann")


def _create_account(rng: random.Random, state: State, account_id: int) -> Command:
    return CreateAccount(f"Änn {rng.randrange(30)}")


def _transfer(rng: random.Random, state: State, account_id: int) -> Command:
    return Transfer(0, rng.choice(list(state.accounts)), rng.randrange(1, 100_000), "for lunch")


def _grant(rng: random.Random, state: State, account_id: int) -> Command:
    return Grant(rng.choice(list(state.accounts)), rng.randrange(1, 100_000), "prize")


def _rename(rng: random.Random, state: State, account_id: int) -> Command:
    return RenameAccount(account_id, f"name {rng.randrange(100)}")


def _sub_account(rng: random.Random, state: State) -> int:
    subs = [account.account_id for account in state.accounts.values() if account.kind == AccountKind.SUB]
    return rng.choice(subs or [1])


def _share(rng: random.Random, state: State, account_id: int) -> Command:
    return ShareAccount(_sub_account(rng, state), rng.choice(list(state.accounts)))


def _revoke(rng: random.Random, state: State, account_id: int) -> Command:
    account_id = _sub_account(rng, state)
    owners = sorted(state.accounts[account_id].owners) or [1]
    return RevokeAccess(account_id, state.users[rng.choice(owners)].account_id)


def _claw_back(rng: random.Random, state: State, account_id: int) -> Command:
    return ClawBack(rng.choice(list(state.accounts)), rng.randrange(1, 100_000), "undone")


def _fail(rng: random.Random, state: State, account_id: int) -> Command:
    return ReportFailure(_market(rng, state), "a bug", rng.random() < 0.3)


def _edit_market(rng: random.Random, state: State, account_id: int) -> Command:
    name = rng.choice((None, f"market {rng.randrange(1_000)}"))
    opens_at = rng.choice((None, 0, state.time + rng.randrange(100_000)))
    return EditMarket(
        _market(rng, state), name, rng.choice((None, "other")), rng.choice((None, *state.groups)),
        rng.choice((None, True, False)), rng.choice((None, True, False)), rng.choice((None, 0, 50_000)), opens_at,
    )  # fmt: skip


def _guard(rng: random.Random, state: State, account_id: int) -> Command:
    return SetCancelOnDisconnect(rng.random() < 0.6)


def _dead_man(rng: random.Random, state: State, account_id: int) -> Command:
    return SetDeadManTimer(rng.choice((0, 1, 1, 60)))


def _fire(rng: random.Random, state: State, account_id: int) -> Command:
    return FireDeadManTimer(rng.choice([*state.dead_man_timers, 1]))


def _restart_timers(rng: random.Random, state: State, account_id: int) -> Command:
    return RestartDeadManTimers()


def _follow(rng: random.Random, state: State, account_id: int) -> Command:
    return FollowSchedule(_market(rng, state))


def _halt_all(rng: random.Random, state: State, account_id: int) -> Command:
    return HaltAll()


def _create_group(rng: random.Random, state: State, account_id: int) -> Command:
    return CreateGroup(f"group {rng.randrange(20)}", "all of a kind")


def _edit_group(rng: random.Random, state: State, account_id: int) -> Command:
    return EditGroup(rng.choice([*state.groups, 1]), None, f"number {rng.randrange(9)}")


def _announce(rng: random.Random, state: State, account_id: int) -> Command:
    return Announce(f"lunch at {rng.randrange(24)}")


_MAKERS: dict[Callable[[random.Random, State, int], Command], int] = {
    _place: 300, _amend: 80, _batch: 80, _cancel: 30, _cancel_all: 1, _end: 2, _create_market: 3, _status: 60,
    _settle: 1, _unsettle: 3, _create_fund: 6, _redeem: 40,
    _sign_in: 1, _create_account: 1, _transfer: 2, _grant: 3, _fail: 1, _rename: 1, _share: 8,
    _revoke: 8, _claw_back: 3,
    _edit_market: 4, _follow: 12, _halt_all: 2, _create_group: 4, _edit_group: 8, _announce: 2,
    _guard: 8, _dead_man: 4, _fire: 4, _restart_timers: 1, edit_sight: 4, **CREDENTIAL_MAKERS,
}  # fmt: skip
