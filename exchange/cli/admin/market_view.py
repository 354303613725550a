"""How markets are shown: ``exchange admin market list`` and ``show``."""

from decimal import Decimal
from typing import Any

from exchange.cli.admin.amounts import plain, show_cash, show_number, show_time
from exchange.cli.admin.desk import Desk
from exchange.store.cells import HUNDREDTHS, TEN_THOUSANDTHS, iso_time
from exchange_client import Level, Market, MarketStatus

LEVELS_SHOWN = 5


def list_markets(desk: Desk) -> None:
    """Lists all markets with their best prices."""
    rows = []
    for market in desk.exchange.markets:
        group = desk.exchange.groups.get(market.group_id)
        rows.append((
            str(market.market_id), market.name, group.name if group is not None else "", _status(market),
            show_number(market.low), show_number(market.high), _price(market.best_bid),
            _price(market.best_offer), "" if market.last_price is None else show_number(market.last_price),
        ))  # fmt: skip
    columns = (">id", "market", "group", "status", ">low", ">high", ">bid", ">offer", ">last")
    desk.output.table(columns, rows, empty="There are no markets yet: `exchange admin market create` makes one.")
    desk.output.result(markets=[describe(desk, market) for market in desk.exchange.markets])


async def show_market(desk: Desk, found: Market) -> None:
    """Shows all about a market: its options, the top of its book, and who holds what."""
    holdings = await found.get_positions()
    said = describe(desk, found)
    shown = said | {"status": _status(found), "opens_at": show_time(found.opens_at) or None}
    shown |= {"closes_at": show_time(found.closes_at) or None}
    desk.output.table(("property", "value"), [(key.replace("_", " "), _word(value)) for key, value in shown.items()])
    bids, offers = found.book.bids.top(LEVELS_SHOWN), found.book.offers.top(LEVELS_SHOWN)
    ladder = []
    for place in range(max(len(bids), len(offers))):
        bid, offer = (side[place] if place < len(side) else None for side in (bids, offers))
        ladder.append((_size(bid), _price(bid), _price(offer), _size(offer)))
    desk.output.say("")
    desk.output.table((">size", ">bid", ">offer", ">size"), ladder, empty="The book is empty.")
    desk.output.say("")
    rows = [
        (desk.account_name(held.account_id), show_number(held.size), show_cash(held.cash_flow + held.cost))
        for held in holdings
    ]
    desk.output.table(("account", ">position", ">realised profit"), rows, empty="Nobody has traded yet.")
    positions = [
        {
            "account": desk.account_name(held.account_id),
            "size": plain(held.size, HUNDREDTHS),
            "cost": plain(held.cost, TEN_THOUSANDTHS),
            "cash_flow": plain(held.cash_flow, TEN_THOUSANDTHS),
        }
        for held in holdings
    ]
    desk.output.result(market=said, positions=positions)


def describe(desk: Desk, market: Market) -> dict[str, Any]:
    """All there is to say of a market, for programs."""
    group, price = desk.exchange.groups.get(market.group_id), market.settlement_price
    return {
        "id": market.market_id,
        "name": market.name,
        "description": market.description,
        "group": group.name if group is not None else None,
        "owner": desk.account_name(market.owner_account_id) if market.owner_account_id else None,
        "status": market.status.name,
        "low": plain(market.low, HUNDREDTHS),
        "high": plain(market.high, HUNDREDTHS),
        "settlement_price": None if price is None else plain(price, HUNDREDTHS),
        "last_price": None if market.last_price is None else plain(market.last_price, HUNDREDTHS),
        "pinned": market.pinned,
        "ranked": market.ranked,
        "restricted": market.restricted,
        "anonymous": market.anonymous,
        "position_limit": plain(market.position_limit, HUNDREDTHS) if market.position_limit else None,
        "opens_at": iso_time(market.opens_at) or None,
        "closes_at": iso_time(market.closes_at) or None,
        "parts": {_name(desk, market_id): multiplier for market_id, multiplier in market.constituents},
        "redeem_fee": plain(market.redeem_fee, HUNDREDTHS) if market.constituents else None,
        "viewers": sorted(desk.account_name(account_id) for account_id in market.viewer_account_ids),
    }


def _name(desk: Desk, market_id: int) -> str:
    return desk.exchange.markets[market_id].name


def tell(desk: Desk, market: Market, word: str, **more: Any) -> None:
    """Says what became of a market."""
    desk.output.say(f"{market.name} (market {market.market_id}) is {word}.")
    desk.output.result(market=describe(desk, market) | more)


def _status(market: Market) -> str:
    word = market.status.name.lower()
    if market.status is MarketStatus.SETTLED:
        return f"{word} at {show_number(market.settlement_price or Decimal(0))}"
    if market.opens_at:
        return f"{word}, opens {show_time(market.opens_at)}"
    if market.closes_at:
        return f"{word}, closes {show_time(market.closes_at)}"
    return word


def _price(level: Level | None) -> str:
    return "" if level is None else show_number(level.price)


def _size(level: Level | None) -> str:
    return "" if level is None else show_number(level.size)


def _word(value: Any) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case dict():
            return ", ".join(f"{number} × {name}" for name, number in value.items()) or "none"
        case list():
            return ", ".join(value) or "none"
    return str(value)
