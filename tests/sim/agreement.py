"""Whether users know what is true: all of them at the end, and some of them whenever nothing is on its way to them."""

from collections.abc import Sequence
from random import Random

from tests.sim.bot import Bot
from tests.sim.compare import assert_knows, assert_library_knows
from tests.sim.trader import Trader
from tests.sim.world import World

User = Bot | Trader

LOOKED_AT = 3  # users at a time: to look at all that somebody knows takes milliseconds
_CHANGES_SIGHT = frozenset({"act_as", "set_elevated"})  # without a commit, so no sequence says whether they are through


def known_through(user: User) -> int:
    """The sequence that a user's client knows completely; 0 while it says that it may be wrong."""
    if isinstance(user, Trader):
        return user.client.complete_through if user.client.ready and not user.client.ended.is_set() else 0
    return user.sequence


def assert_agrees(user: User, world: World) -> None:
    """What a user knows is the server's view for them."""
    if isinstance(user, Trader):
        assert_knows(user.client, world.state)
    else:
        is_bound = user.role.enters_with == "key"
        assert_library_knows(user.name, user.exchange, world.state, is_bound=is_bound)


def look_at_some(users: Sequence[User], world: World, random: Random) -> int:
    """Compares a few of those who are up to date at this moment; returns how many."""
    sequence = world.state.sequence
    if world.house.context.publisher.sequence != sequence:
        return 0
    current = [user for user in users if known_through(user) == sequence and not _sees_otherwise_soon(user)]
    chosen = random.sample(current, min(LOOKED_AT, len(current)))
    for user in chosen:
        assert_agrees(user, world)
    return len(chosen)


def _sees_otherwise_soon(user: User) -> bool:
    """Whether they asked for it, or somebody may take their powers away."""
    if isinstance(user, Trader):
        conversation, is_admin = user.conversation, user.is_admin
    else:
        assert user.tap is not None
        conversation, is_admin = user.tap.conversation, user.role.admin
    return is_admin or any(conversation.asked[number].kind in _CHANGES_SIGHT for number in conversation.unanswered())
