"""What owners of accounts and organisers do: share and revoke, make and settle markets, invite, hand out keys."""

from typing import Any

from exchange_client import AccountKind, Invitee, KeyScope, Market, MarketStatus
from exchange_client.number import in_cash, in_contracts
from tests.sim.bot import Bot
from tests.sim.trading_acts import some_market
from tests.sim.world import SECOND

GRANTS = (1_000, 1_000_000, 2**62)


def some_account(bot: Bot) -> Any:
    """One of all that there are."""
    account = bot.choose(bot.exchange.accounts)
    return account.account_id if account is not None else 1


def own_account(bot: Bot) -> int:
    """One of the user's, or now and then somebody else's."""
    own: int = bot.choose(sorted(bot.exchange.owned_account_ids))
    return own if own and bot.random.random() < 0.93 else some_account(bot)


def own_sub_account(bot: Bot) -> int:
    """One that can be shared and left; 0 where there is none."""
    home = bot.world.state.users[bot.exchange.user_id].account_id
    return bot.choose(sorted(bot.exchange.owned_account_ids - {home})) or 0


# Owners.


async def make_account(bot: Bot) -> None:
    """A sub-account, to trade from or to share."""
    await bot.exchange.create_account(bot.new_name("strategy"))


async def share(bot: Bot) -> None:
    """Makes somebody else an owner of a sub-account, or tries to share what cannot be shared."""
    people = [account.account_id for account in bot.exchange.accounts if account.kind is AccountKind.USER]
    account_id = own_sub_account(bot)
    if account_id and bot.random.random() < 0.9:
        await bot.exchange.share_account(account_id, bot.choose(people))
    else:
        await bot.exchange.share_account(own_account(bot), some_account(bot))


async def revoke(bot: Bot) -> None:
    """Takes an account from one of its owners: from whoever trades from it, if one may, or from oneself."""
    exchange, state = bot.exchange, bot.world.state
    if not exchange.elevated:
        home = state.users[exchange.user_id].account_id
        await exchange.revoke_access(own_sub_account(bot) or home, home)
        return
    acting = {(actor.account_id, actor.user_id) for actor in bot.world.actors()}
    shared = [(key, user) for key, account in state.accounts.items() for user in sorted(account.owners)
              if len(account.owners) > 1]  # fmt: skip
    account_id, user_id = bot.choose([pair for pair in shared if pair in acting] or shared) or (1, exchange.user_id)
    await exchange.revoke_access(account_id, state.users[user_id].account_id)


async def rename(bot: Bot) -> None:
    """Another name for an account."""
    await bot.exchange.rename_account(own_account(bot), bot.new_name("renamed"))


async def act_as(bot: Bot) -> None:
    """Trades from another account from now on."""
    chance = bot.random.random()
    await bot.exchange.act_as(own_sub_account(bot) or 99 if chance < 0.6 else own_account(bot) if chance < 0.9 else 99)


async def make_key(bot: Bot) -> None:
    """A key, that one of those who enter with one may have."""
    exchange, random = bot.exchange, bot.random
    scope = random.choice((KeyScope.READ, KeyScope.TRADE))
    expires_at = exchange.time + round(random.random() * 5 * SECOND) if random.random() < 0.3 else 0
    made = await exchange.create_api_key(bot.new_name("key"), scope=scope, expires_at=expires_at)
    bot.world.keys.append(made.key)


async def revoke_key(bot: Bot) -> None:
    """Ends one of the keys there are."""
    exchange = bot.exchange
    keys = await exchange.list_api_keys(everybody=exchange.elevated or bot.random.random() < 0.1)
    await exchange.revoke_api_key(bot.choose(keys) or 99)


async def refresh(bot: Bot) -> None:
    """Goes on with a fresh token; sometimes with one that is none, or somebody else's."""
    world, chance = bot.world, bot.random.random()
    name = bot.name if chance < 0.8 else "nobody"
    seconds = 0.0 if world.healthy else bot.role.token_seconds
    token = world.issuer.token(name, admin=bot.role.admin, seconds=seconds) if chance < 0.9 else "no token"
    await bot.exchange.refresh_token(token)
    world.coverage.recovered("a fresh token was taken")


async def own_market(bot: Bot) -> None:
    """Makes a plain market, or settles one's own."""
    own = [market for market in bot.exchange.markets if market.owner_account_id == bot.exchange.account_id]
    if own and bot.random.random() < 0.5:
        await bot.choose(own).settle(in_contracts(bot.random.randint(0, 110)))
    else:
        await bot.exchange.create_market(bot.new_name("market"), low=0, high=1)


# Organisers.


async def elevate(bot: Bot) -> None:
    """Powers on or off."""
    await bot.exchange.set_elevated(bot.random.random() < 0.75)


async def hand_out(bot: Bot) -> None:
    """Money from the house, or back."""
    exchange, random = bot.exchange, bot.random
    if random.random() < 0.7:
        await exchange.grant(some_account(bot), in_cash(random.choice(GRANTS) - random.randint(0, 9)))
    else:
        await exchange.claw_back(some_account(bot), in_cash(random.randint(1, 50_000)))


async def special_market(bot: Bot) -> None:
    """A market that not everybody sees, or sees whole."""
    random = bot.random
    terms: dict[str, Any] = {"restricted": random.random() < 0.7, "anonymous": random.random() < 0.5}
    if random.random() < 0.3:
        terms["position_limit"] = in_contracts(random.randint(1, 100))
    if random.random() < 0.3:
        terms["opens_at" if random.random() < 0.5 else "closes_at"] = bot.exchange.time + random.randint(1, 4) * SECOND
    viewers = [account.account_id for account in bot.exchange.accounts if random.random() < 0.5]
    await bot.exchange.create_market(bot.new_name("special"), low=0, high=1, viewers=viewers, **terms)


async def fund(bot: Bot) -> None:
    """A basket of what there is."""
    parts: dict[Any, int] = {}
    for _ in range(2):
        market = some_market(bot)
        if market is not None:
            parts[market] = bot.random.choice((-1, 1, 1, 2))
    fee = in_contracts(bot.random.choice((0, 0, 1)))
    await bot.exchange.create_market(bot.new_name("fund"), constituents=parts, redeem_fee=fee)


async def sight(bot: Bot) -> None:
    """Viewers come and go; a market is restricted, opened, made anonymous, renamed."""
    market, random, terms = some_market(bot), bot.random, dict[str, Any]()
    if market is None:
        return
    for name in ("restricted", "anonymous", "pinned", "ranked"):
        if random.random() < 0.15:
            terms[name] = random.random() < 0.5
    for name in ("add_viewers", "remove_viewers"):
        if random.random() < 0.6:
            terms[name] = [account.account_id for account in bot.exchange.accounts if random.random() < 0.4]
    if random.random() < 0.15:
        terms["name"] = bot.new_name("edited")
    if random.random() < 0.15:
        terms["group"] = random.choice((0, 1, 2))
    if random.random() < 0.1:
        terms["closes_at"] = bot.exchange.time + random.randint(1, 4) * SECOND
    if random.random() < 0.1:
        terms["position_limit"] = in_contracts(random.randint(0, 100))
    await market.edit(**terms)


async def status(bot: Bot) -> None:
    """Opens, halts, pauses, settles or unsettles."""
    market, chance = bot.choose(bot.exchange.markets), bot.random.random()
    if not isinstance(market, Market):
        return
    if market.status is MarketStatus.SETTLED and chance < 0.5:
        await market.unsettle(cover=bot.random.random() < 0.7)
    elif chance < 0.5:
        await market.open()
    elif chance < 0.58:
        await market.halt()
    elif chance < 0.68:
        await market.pause()
    elif chance < 0.8:
        await market.settle(in_contracts(bot.random.randint(0, 110)))
    elif chance < 0.97:
        await market.unsettle(cover=bot.random.random() < 0.5)
    else:
        await bot.exchange.halt_all()


async def say(bot: Bot) -> None:
    """Headings and announcements."""
    exchange, chance = bot.exchange, bot.random.random()
    if chance < 0.4:
        await exchange.announce(f"Said by {bot.name}")
    elif chance < 0.7:
        await exchange.create_group(bot.new_name("group"))
    else:
        await exchange.edit_group(bot.choose(exchange.groups) or 1, description="as edited")


async def invite(bot: Bot) -> None:
    """People who come without a token; and now and then one of them is uninvited."""
    exchange, random = bot.exchange, bot.random
    if random.random() < 0.7:
        cash = random.choice((None, 50, 0))
        lost = some_account(bot) if random.random() < 0.2 else 0
        name = "" if lost else bot.new_name("guest")
        made = await exchange.create_invitations([Invitee(name, starting_cash=cash, for_account_id=lost)])
        bot.world.invitations += [each.token for each in made]
        if random.random() < 0.2:
            await exchange.revoke_invitation(made[0].invitation_id)
        elif random.random() < 0.3:
            bot.world.invitations += [each.token for each in made]  # it was forwarded to somebody else
    else:
        invited = await exchange.get_invitations()
        known = bot.choose(invited)
        await exchange.revoke_invitation(known.invitation_id if known is not None else 99)
