"""Commands: what somebody asks. Values are checked by the rules, not by these types."""

from typing import NamedTuple

from exchange.core.credentials import (
    AcceptInvitation,
    CreateApiKey,
    CreateInvitations,
    NoteKeyUse,
    RevokeApiKey,
    RevokeInvitation,
)
from exchange.core.units import CancelReason, Constituent, MarketStatus, SelfTrade, Side, TimeInForce


class Actor(NamedTuple):
    """Who asks: the real user, the account acted as, and whether admin powers are on.

    ``session_number`` is the client session, 0 for none: new orders end with it where it is guarded. ``bound`` is who
    shows the key of one account: of markets, that account sees.
    """

    user_id: int
    account_id: int
    elevated: bool = False
    session_number: int = 0
    bound: bool = False


SYSTEM = Actor(0, 0, True)
"""The exchange itself: timers, supervision, opening."""


class PlaceOrder(NamedTuple):
    """Place an order for the acting account."""

    market_id: int
    side: Side
    price: int
    size: int
    time_in_force: TimeInForce = TimeInForce.GTC
    post_only: bool = False
    self_trade: SelfTrade = SelfTrade.CANCEL_RESTING
    tag: bytes = b""
    expires_at: int = 0
    market_order: bool = False


class AmendOrder(NamedTuple):
    """Give an order a new price, a new total size, or both. ``order_id`` 0 names it by tag."""

    market_id: int
    order_id: int
    tag: bytes = b""
    price: int | None = None
    size: int | None = None
    self_trade: SelfTrade = SelfTrade.CANCEL_RESTING


class CancelOrder(NamedTuple):
    """End one order of the acting account. ``order_id`` 0 names it by tag."""

    market_id: int
    order_id: int
    tag: bytes = b""


class CancelOrders(NamedTuple):
    """End all orders of the acting account; ``market_id`` 0 is every market, ``side`` None both sides."""

    market_id: int = 0
    side: Side | None = None


class Batch(NamedTuple):
    """Several steps in one market, all or nothing."""

    market_id: int
    steps: tuple[PlaceOrder | AmendOrder | CancelOrder, ...]


class EndOrders(NamedTuple):
    """The exchange ends orders by itself. They may have ended already, and are then left out."""

    market_id: int
    order_ids: tuple[int, ...]
    reason: CancelReason


class SetCancelOnDisconnect(NamedTuple):
    """New orders of the actor's session end, or no longer end, when the session is gone."""

    enabled: bool


class SetDeadManTimer(NamedTuple):
    """All orders of the acting account end in so many seconds unless this is asked again; 0 switches it off."""

    seconds: int


class FireDeadManTimer(NamedTuple):
    """The exchange ends the orders of an account whose timer has run out."""

    account_id: int


class RestartDeadManTimers(NamedTuple):
    """The exchange, after a start, lets every timer begin anew."""


class CreateMarket(NamedTuple):
    """Make a market owned by the acting account. With ``constituents`` it is a fund, whose bounds follow from them."""

    name: str
    description: str
    low: int
    high: int
    group_id: int = 0
    pinned: bool = False
    ranked: bool = True
    position_limit: int = 0
    opens_at: int = 0
    closes_at: int = 0
    constituents: tuple[Constituent, ...] = ()
    redeem_fee: int = 0
    restricted: bool = False
    anonymous: bool = False
    viewer_account_ids: tuple[int, ...] = ()


class EditMarket(NamedTuple):
    """Change properties of a market; None leaves one as it is, and so do no viewers."""

    market_id: int
    name: str | None = None
    description: str | None = None
    group_id: int | None = None
    pinned: bool | None = None
    ranked: bool | None = None
    position_limit: int | None = None
    opens_at: int | None = None
    closes_at: int | None = None
    redeem_fee: int | None = None
    restricted: bool | None = None
    anonymous: bool | None = None
    add_viewer_account_ids: tuple[int, ...] = ()
    remove_viewer_account_ids: tuple[int, ...] = ()


class FollowSchedule(NamedTuple):
    """The exchange opens or halts a market whose time has come."""

    market_id: int


class HaltAll(NamedTuple):
    """Halt every open market."""


class CreateGroup(NamedTuple):
    """Make a heading."""

    name: str
    description: str


class EditGroup(NamedTuple):
    """Change a heading; None leaves a property as it is."""

    group_id: int
    name: str | None
    description: str | None


class Announce(NamedTuple):
    """Tell everybody something."""

    text: str


class SetMarketStatus(NamedTuple):
    """Open, halt or pause a market."""

    market_id: int
    status: MarketStatus


class SettleMarket(NamedTuple):
    """End a market: every position becomes position times price in cash."""

    market_id: int
    price: int


class UnsettleMarket(NamedTuple):
    """Reverse a settlement, and those of the funds that followed; with ``cover`` the house pays what was spent."""

    market_id: int
    cover: bool = False


class Redeem(NamedTuple):
    """Swap ``size`` of a fund for its constituents; negative is to make it from them."""

    market_id: int
    size: int


class ReportFailure(NamedTuple):
    """Supervision records that a task failed; with ``halt`` the market stays halted."""

    market_id: int
    reason: str
    halt: bool


class SignIn(NamedTuple):
    """A token named this user. Causes nothing when the user is known already.

    ``starting_cash`` None is what the exchange gives everybody; ``email`` is verified, or empty.
    """

    subject: str
    name: str
    email: str = ""
    starting_cash: int | None = None


class OpenExchange(NamedTuple):
    """The first command of a history: makes the house."""


class CreateAccount(NamedTuple):
    """Make a sub-account owned by the user."""

    name: str


class Transfer(NamedTuple):
    """Move money from an account the user owns; ``from_account_id`` 0 is the acting account."""

    from_account_id: int
    to_account_id: int
    amount: int
    note: str


class Grant(NamedTuple):
    """Give money from the house."""

    to_account_id: int
    amount: int
    note: str


class RenameAccount(NamedTuple):
    """Give an account of one's own another name."""

    account_id: int
    name: str


class ShareAccount(NamedTuple):
    """Make the user of another account an owner of a sub-account."""

    account_id: int
    with_account_id: int


class RevokeAccess(NamedTuple):
    """Take a sub-account from one of its owners, named by their own account."""

    account_id: int
    from_account_id: int


class ClawBack(NamedTuple):
    """Take money back to the house, as far as available cash goes."""

    from_account_id: int
    amount: int
    note: str


Command = (
    PlaceOrder
    | AmendOrder
    | CancelOrder
    | CancelOrders
    | Batch
    | EndOrders
    | SetCancelOnDisconnect
    | SetDeadManTimer
    | FireDeadManTimer
    | RestartDeadManTimers
    | CreateMarket
    | EditMarket
    | FollowSchedule
    | HaltAll
    | CreateGroup
    | EditGroup
    | Announce
    | SetMarketStatus
    | SettleMarket
    | UnsettleMarket
    | Redeem
    | ReportFailure
    | SignIn
    | OpenExchange
    | CreateAccount
    | Transfer
    | Grant
    | RenameAccount
    | ShareAccount
    | RevokeAccess
    | ClawBack
    | CreateApiKey
    | RevokeApiKey
    | NoteKeyUse
    | CreateInvitations
    | RevokeInvitation
    | AcceptInvitation
)
