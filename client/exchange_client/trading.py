"""A market with everything that can be asked of it.

Every request waits for its answer, over drops of the connection and restarts of the exchange if need be, and returns
it or raises :class:`Refused`. When it returns, the state already holds what it did. It is executed once at most.
Cancelled before it was sent, it never is; cancelled after that it may or may not be executed, and ``resolve`` of the
exchange waits until the state shows which. Where no answer can come any more it raises :class:`ConnectionEnded` or
:class:`Closed`. With a ``timeout`` of the client it may raise :class:`OutcomeUnknown`.
"""

from datetime import datetime

from exchange_client.asking import (
    Amend,
    AnOrder,
    Buy,
    Cancel,
    OrderTerms,
    SelfTradePreventionName,
    Sell,
    SideName,
    Step,
    TimeInForceName,
    amend_order,
    batch_steps,
    cancel_order,
    choice,
    order_id_of,
    place_order,
)
from exchange_client.book import Order
from exchange_client.enums import SelfTradePrevention, Side
from exchange_client.number import Numeric, hundredths
from exchange_client.organising import MarketOrganising
from exchange_client.reading import MarketReading
from exchange_client.schema import client_pb2 as wire
from exchange_client.streams import BookChanges, EventStream
from exchange_client.values import BatchResult, CancelResult, Done, OrderResult, Quotes, Trade, tag_text

_Message = wire.ClientMessage


class Market(MarketOrganising, MarketReading):
    """A market, always current; the object stays the same over reconnects.

    Sizes and prices may be given as ``int``, ``float``, ``Decimal`` or ``str``; what is no multiple of 0.01 is refused.
    """

    # What happens.

    def book_changes(self) -> BookChanges:
        """An endless iterator over the book: at once, and then whenever it has changed.

        Newest only: a slow reader misses what lay between, and never sees an old book. Any number may run.
        """
        return BookChanges(self.book, self._state.hub)

    def trades(self, *, buffer: int = 10_000) -> EventStream[Trade]:
        """An endless iterator over the trades from now on.

        Every one or a loud error: :class:`MissedEvents` is raised, after what was kept, when more than ``buffer`` wait
        for the reader or when an outage was too long for the exchange to tell what was missed. Close it with ``with``.
        """
        return EventStream(buffer, self._listeners)

    # Trading.

    async def buy(
        self,
        size: Numeric,
        *,
        at: Numeric | None = None,
        time_in_force: TimeInForceName | None = None,
        post_only: bool = False,
        tag: str | bytes = "",
        expires_in: float | None = None,
        expires_at: datetime | int | None = None,
        self_trade_prevention: SelfTradePreventionName = SelfTradePrevention.CANCEL_RESTING,
    ) -> OrderResult:
        """Places a bid: a limit order ``at`` a price, or without one a market order, which never rests.

        Args:
            size: in contracts.
            at: the highest price to pay.
            time_in_force: ``GTC`` (default) rests until it is cancelled, ``IOC`` trades what it can and drops the rest,
                ``FOK`` trades all of its size or is refused, ``GTD`` rests until it expires.
            post_only: refused, ``WOULD_TRADE``, if it would trade at once.
            tag: a mark of one's own, at most 32 bytes, by which a restarted bot finds its orders.
            expires_in: seconds after which it ends by itself.
            expires_at: when it ends by itself: a ``datetime``, or nanoseconds of the exchange's clock.
            self_trade_prevention: what happens where it meets an order of the same account.
        """
        terms = OrderTerms(
            time_in_force=time_in_force, post_only=post_only, tag=tag, expires_in=expires_in, expires_at=expires_at,
            self_trade_prevention=self_trade_prevention,
        )  # fmt: skip
        return await self._place(Side.BUY, size, at, terms)

    async def sell(
        self,
        size: Numeric,
        *,
        at: Numeric | None = None,
        time_in_force: TimeInForceName | None = None,
        post_only: bool = False,
        tag: str | bytes = "",
        expires_in: float | None = None,
        expires_at: datetime | int | None = None,
        self_trade_prevention: SelfTradePreventionName = SelfTradePrevention.CANCEL_RESTING,
    ) -> OrderResult:
        """Places an offer: a limit order ``at`` the lowest price to take, or without one a market order.

        Otherwise as :meth:`buy`.
        """
        terms = OrderTerms(
            time_in_force=time_in_force, post_only=post_only, tag=tag, expires_in=expires_in, expires_at=expires_at,
            self_trade_prevention=self_trade_prevention,
        )  # fmt: skip
        return await self._place(Side.SELL, size, at, terms)

    async def amend(
        self,
        order: AnOrder = 0,
        *,
        price: Numeric | None = None,
        size: Numeric | None = None,
        tag: str | bytes = "",
        self_trade_prevention: SelfTradePreventionName = SelfTradePrevention.CANCEL_RESTING,
    ) -> OrderResult:
        """Gives an order a new price or a new total size (the filled part included); the id stays.

        A smaller size keeps the place in the queue; anything else loses it and may trade. The order is named by itself,
        by what came of placing it, by its id, or by its ``tag``. Refused with ``ORDER_ENDED`` when it had ended.
        """
        amendment = Amend(order, price, size, tag, self_trade_prevention)
        return await self._ask(OrderResult, _Message(amend_order=amend_order(self.market_id, amendment)))

    async def cancel(self, order: AnOrder = 0, *, tag: str | bytes = "") -> CancelResult:
        """Ends one order, named as in :meth:`amend`. Refused with ``ORDER_ENDED`` when it had ended already."""
        return await self._ask(
            CancelResult, _Message(cancel_order=cancel_order(self.market_id, Cancel(order_id_of(order), tag)))
        )

    async def cancel_all(self, side: SideName | None = None) -> CancelResult:
        """Ends all orders of the acting account in this market, or those of one side."""
        request = wire.CancelOrders(
            market_id=self.market_id,
            side=None if side is None else choice(Side, side, "side").value,  # type: ignore[arg-type]
        )
        return await self._ask(CancelResult, _Message(cancel_orders=request))

    async def batch(self, *steps: Step) -> BatchResult:
        """Takes several steps at once, all or nothing: :class:`Buy`, :class:`Sell`, :class:`Amend`, :class:`Cancel`.

        They are decided in order and nobody trades between them; funds and limits are checked at the end. A refusal
        names its step in ``field``, as in ``steps[2].price``.
        """
        now = self._state.requester.now()
        request = wire.Batch(market_id=self.market_id, steps=batch_steps(self.market_id, steps, now))
        return await self._ask(BatchResult, _Message(batch=request))

    async def replace_quotes(
        self,
        *,
        bid: tuple[Numeric, Numeric] | None = None,
        offer: tuple[Numeric, Numeric] | None = None,
        tag: str = "quote",
        post_only: bool = False,
    ) -> Quotes:
        """Makes these the only quotes of the acting account here, in one step. Each is a price and a size, or None.

        What it replaces are the resting orders with the same ``tag``, so a restarted bot replaces those of its last
        life. A quote that is already there, with that price and as much left, stays and keeps its place; when nothing
        has to be changed, nothing is sent. If the new quotes are refused, the old ones stay.
        """
        steps: list[Step] = []
        sides: list[Side] = []
        resting = [order for order in self.orders if order.tag == tag_text(tag.encode())]
        wanted = {Side.BUY: bid, Side.SELL: offer}
        for side, quote in wanted.items():
            if not self._keeps([order for order in resting if order.side == side], quote, steps):
                sides.append(side)
        for side in sides:
            quote = wanted[side]
            if quote is not None:
                price, size = quote
                make = Buy if side is Side.BUY else Sell
                steps.append(make(size, price, tag=tag, post_only=post_only))
        if not steps:
            return Quotes(None, None)
        placed = iter((await self.batch(*steps)).orders)
        found = {side: next(placed) for side in sides if wanted[side] is not None}
        return Quotes(found.get(Side.BUY), found.get(Side.SELL))

    @staticmethod
    def _keeps(resting: list[Order], quote: tuple[Numeric, Numeric] | None, steps: list[Step]) -> bool:
        """Whether a quote is there already; if not, adds steps that take away what is there instead of it."""
        if quote is not None and len(resting) == 1:
            price, size = hundredths(quote[0], "price"), hundredths(quote[1], "size")
            if (resting[0]._price, resting[0]._remaining) == (price, size):
                return True
        steps.extend(Cancel(order) for order in resting)
        return False

    async def redeem(self, size: Numeric) -> Done:
        """Swaps ``size`` of this fund for its constituents at no price but its fee; negative makes the fund of them."""
        request = wire.Redeem(market_id=self.market_id, size=hundredths(size, "size"))
        return await self._ask(Done, _Message(redeem=request))

    async def _place(self, side: Side, size: Numeric, at: Numeric | None, terms: OrderTerms) -> OrderResult:
        order = place_order(self.market_id, side, size, at, terms, self._state.requester.now())
        return await self._ask(OrderResult, _Message(place_order=order))
