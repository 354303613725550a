"""Random edits of who sees a market."""

import random

from exchange.core.commands import Command, EditMarket
from exchange.core.state import State


def edit_sight(rng: random.Random, state: State, account_id: int) -> Command:
    """Restricts or opens a market, hides or names accounts, adds and removes viewers."""
    everybody = list(state.accounts)
    market_id = rng.choice(list(state.markets)) if state.markets else 1
    add, remove = (tuple(rng.sample(everybody, rng.randrange(len(everybody)))) for _ in range(2))
    return EditMarket(
        market_id, restricted=rng.choice((None, True, False, False)), anonymous=rng.choice((None, True, False)),
        add_viewer_account_ids=add, remove_viewer_account_ids=remove[:2],
    )  # fmt: skip
