"""Who takes part: more than twenty people and machines, of every kind that an exchange has to do with."""

from tests.sim import organising_acts as organising
from tests.sim import trading_acts as trading
from tests.sim.bot import Acts, Bot, Role
from tests.sim.world import World

TRADING: Acts = (
    (20, trading.order), (4, trading.sweep), (6, trading.amend), (6, trading.cancel), (4, trading.batch),
    (2, trading.read), (1, trading.guard), (1, trading.confuse),
)  # fmt: skip
QUOTING: Acts = ((20, trading.quote), (3, trading.cancel), (2, trading.guard), (1, trading.amend), (0.4, trading.leave))
OWNING: Acts = (
    (6, trading.order), (3, trading.cancel), (3, trading.pay), (6, organising.make_account), (8, organising.share),
    (3, organising.revoke), (8, organising.act_as), (1, organising.rename), (3, organising.make_key),
    (2, organising.revoke_key), (2, organising.own_market), (1, trading.read),
)  # fmt: skip
ORGANISING: Acts = (
    (6, organising.hand_out), (4, organising.special_market), (3, organising.fund), (8, organising.sight),
    (6, organising.status), (2, organising.say), (5, organising.invite), (2, organising.elevate),
    (4, organising.revoke), (1, organising.revoke_key), (2, organising.act_as), (2, trading.read), (2, trading.order),
)  # fmt: skip

MAKER = Role("maker", QUOTING, options={"cancel_on_disconnect": True, "cancel_on_exit": False})
HASTY = Role("hasty", TRADING, options={"timeout": 0.2})
TAKER = Role("taker", (*TRADING, (0.5, trading.leave)))
OWNER = Role("owner", OWNING)
REDEEMER = Role("redeemer", ((10, trading.redeem), (6, trading.order), (2, trading.cancel)))
VIEWER = Role("viewer", ((14, trading.order), (2, trading.quote), (3, trading.cancel), (2, trading.read)))
COMMUTER = Role("commuter", ((8, trading.order), (3, organising.refresh), (1, trading.leave)), token_seconds=3.0)
ORGANISER = Role("organiser", ORGANISING, admin=True)
DEPUTY = Role("deputy", ((6, organising.elevate), *ORGANISING), admin=True)
BY_KEY = Role("by key", (*TRADING, (2, trading.pay), (1, organising.refresh), (0.5, trading.leave)), enters_with="key")
GUEST = Role("guest", (*TRADING, (1, trading.pay), (1, organising.make_account)), enters_with="invitation")

ROLES = (
    MAKER, MAKER, HASTY, TAKER, TAKER, OWNER, OWNER, REDEEMER, VIEWER, COMMUTER, ORGANISER, DEPUTY, BY_KEY, BY_KEY,
    GUEST, GUEST,
)  # fmt: skip


def bots(world: World) -> list[Bot]:
    """Those who use the client library."""
    return [Bot(f"{role.name} {number}", role, world) for number, role in enumerate(ROLES)]
