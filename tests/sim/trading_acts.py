"""What traders do: quote, take, change their minds, redeem, read, and look after their orders."""

from random import Random
from typing import Any

from exchange_client import Amend, Buy, Cancel, Market, Sell, Side
from exchange_client.number import in_cash, in_contracts
from tests.sim.bot import Bot

LOWEST, HIGHEST = 30, 70  # hundredths: where prices are, of markets from 0 to 100
TAGS = ("", "a", "a", "b", "quote")
PREVENTION = ("CANCEL_RESTING", "CANCEL_INCOMING", "CANCEL_BOTH", "DECREMENT_BOTH")


def some_market(bot: Bot) -> Market | None:
    """One that the bot sees; those that trade, most of the time."""
    markets = list(bot.exchange.markets)
    trading = [market for market in markets if market.status == 1]
    found: Market | None = bot.choose(trading if trading and bot.random.random() < 0.95 else markets)
    return found


def price(random: Random) -> Any:
    """A price, in or out of bounds."""
    raw = random.randint(LOWEST, HIGHEST) if random.random() < 0.97 else random.randint(-500, 500)
    return in_contracts(raw)


def size(random: Random) -> Any:
    """A size; now and then far too large."""
    raw = random.randint(1, 40) if random.random() < 0.97 else 10**8
    return in_contracts(raw)


def terms(random: Random) -> dict[str, Any]:
    """How an order is placed."""
    chosen: dict[str, Any] = {
        "time_in_force": random.choice((None, None, None, None, "IOC", "FOK")),
        "post_only": random.random() < 0.1,
        "tag": random.choice(TAGS),
        "self_trade_prevention": random.choice(PREVENTION),
    }
    if random.random() < 0.15:
        chosen |= {"time_in_force": None, "expires_in": random.random() * 5 - 0.2}
    return chosen


async def order(bot: Bot) -> None:
    """Buys or sells, at a price or at any."""
    market, random = some_market(bot), bot.random
    if market is not None:
        place = market.buy if random.random() < 0.5 else market.sell
        await place(size(random), at=None if random.random() < 0.06 else price(random), **terms(random))


async def quote(bot: Bot) -> None:
    """Makes a market, or moves it."""
    market, random = some_market(bot), bot.random
    if market is not None:
        bid = (in_contracts(random.randint(LOWEST, 50)), size(random)) if random.random() < 0.9 else None
        offer = (in_contracts(random.randint(50, HIGHEST)), size(random)) if random.random() < 0.9 else None
        await market.replace_quotes(bid=bid, offer=offer, post_only=random.random() < 0.2)


async def sweep(bot: Bot) -> None:
    """Takes whatever there is."""
    market, random = some_market(bot), bot.random
    if market is not None:
        place = market.buy if random.random() < 0.5 else market.sell
        await place(in_contracts(random.randint(50, 400)), time_in_force="IOC")


async def amend(bot: Bot) -> None:
    """Another price, another size, or both; by id or by tag."""
    own, random = bot.choose(bot.exchange.orders.values()), bot.random
    market = bot.exchange.markets.get(own.market_id) if own is not None else some_market(bot)
    if market is not None:
        named: dict[str, Any] = (
            {"tag": random.choice("aaabc")} if own is None or random.random() < 0.2 else {"order": own}
        )
        changes = {"price": price(random), "size": size(random)}
        await market.amend(**named, **dict(random.sample(list(changes.items()), random.randint(1, 2))))


async def cancel(bot: Bot) -> None:
    """One order, by id or by tag, or all."""
    own, random = bot.choose(bot.exchange.orders.values()), bot.random
    market = bot.exchange.markets.get(own.market_id) if own is not None else some_market(bot)
    chance = random.random()
    if market is None or chance < 0.1:
        await bot.exchange.cancel_all()
    elif chance < 0.2:
        await market.cancel_all(random.choice((None, Side.BUY, Side.SELL)))
    elif own is None or chance < 0.35:
        await market.cancel(tag=random.choice("aaabc"))
    else:
        await market.cancel(own if chance < 0.9 else random.randint(1, 99))


async def confuse(bot: Bot) -> None:
    """Two orders of one tag, and then it is not clear which one is meant."""
    market = some_market(bot)
    if market is not None:
        for _ in range(2):
            await market.buy(in_contracts(1), at=market.low, tag="both")
        await market.cancel(tag="both")


async def batch(bot: Bot) -> None:
    """Several steps, all or nothing."""
    market, random = some_market(bot), bot.random
    if market is None:
        return
    steps: list[Any] = [Cancel(own) for own in market.orders[:2]]
    steps += [Amend(own, size=size(random)) for own in market.orders[2:3]]
    for _ in range(random.randint(0, 3)):
        chosen = terms(random)
        steps.append(random.choice((Buy, Sell))(size(random), price(random), tag=chosen["tag"]))
    await market.batch(*steps)


async def redeem(bot: Bot) -> None:
    """Swaps a fund for its parts or the other way round; sometimes what is no fund."""
    funds = [market for market in bot.exchange.markets if market.is_fund]
    market = bot.choose(funds) if bot.random.random() < 0.9 else some_market(bot)
    if market is not None:
        await market.redeem(in_contracts(bot.random.choice((-1, 1)) * bot.random.randint(1, 200)))


async def guard(bot: Bot) -> None:
    """Says what is to become of its orders when it is gone, or silent."""
    if bot.random.random() < 0.5:
        await bot.exchange.set_cancel_on_disconnect(bot.random.random() < 0.8)
    else:
        await bot.exchange.set_dead_man_timer(bot.random.choice((0, 1, 3, 10)))


async def read(bot: Bot) -> None:
    """Looks at the past, or at what others have."""
    exchange, market, random = bot.exchange, some_market(bot), bot.random
    chance = random.random()
    if market is None or chance < 0.2:
        await exchange.get_transfers(limit=random.choice((0, 1, 5)))
    elif chance < 0.35:
        await exchange.get_orders(before=random.choice((0, 50)), limit=random.choice((0, 3)))
    elif chance < 0.5:
        await market.get_trades(after=random.choice((0, 50)), limit=random.choice((0, 2)))
    elif chance < 0.6:
        await market.get_orders()
    elif chance < 0.7:
        await market.get_candles(random.choice((1, 60)))
    elif chance < 0.8:
        await exchange.get_leaderboard()
    elif chance < 0.9:
        await market.get_positions()
    else:
        await exchange.get_audit(limit=5)


async def leave(bot: Bot) -> None:
    """Leaves in good order; another process takes its place."""
    bot.leaves = True


async def pay(bot: Bot) -> None:
    """Gives money to somebody."""
    to = bot.choose(bot.exchange.accounts)
    raw = bot.random.choice((1, 5_000, 500_000, 10**15))
    sender = bot.choose(bot.exchange.owned_account_ids) if bot.random.random() < 0.5 else None
    await bot.exchange.transfer(to, in_cash(raw), note="x" * bot.random.choice((0, 5)), sender=sender)
