"""Who won, and every candle, counted once more from the journal alone, without any of the exchange's own sums."""

from collections import Counter, defaultdict
from contextlib import closing
from pathlib import Path

import apsw

from exchange.core import facts
from exchange.core.facts import Fact
from exchange.core.units import OPERATOR, AccountKind, Constituent, MarketStatus, Side
from exchange.wire.records import decode_facts

Candle = tuple[int, int, int, int, int, int]  # start, open, high, low, close, volume


class Recount:
    """Reads a journal from its first row. Cash is ten-thousandths; what is held is hundredths by account and market."""

    def __init__(self, file: Path) -> None:
        self.names: dict[int, str] = {}
        self.cash: Counter[int] = Counter()
        self.held: defaultdict[int, Counter[int]] = defaultdict(Counter)  # by market, then account
        self.trades: defaultdict[int, list[tuple[int, int, int]]] = defaultdict(list)  # time, price, size by market
        self._flows: defaultdict[int, Counter[int]] = defaultdict(Counter)
        self._received: Counter[int] = Counter()
        self._creators: dict[int, int] = {}
        self._homes: dict[int, int] = {}
        self._house = 0
        self._operator = 0
        self._ranked: dict[int, bool] = {}
        self._prices: dict[int, int] = {}
        self._middles: dict[int, int] = {}
        self._baskets: dict[int, tuple[Constituent, ...]] = {}
        with closing(apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
            for time, record in connection.execute("SELECT time, facts FROM journal ORDER BY sequence"):
                for fact in decode_facts(record):
                    self._take(fact, time)

    def leaderboard(self) -> list[tuple[str, int]]:
        """Names and profits, best first; equals in order of account."""
        profits = {home: 0 for user, home in self._homes.items() if user != self._operator}
        for account, creator in self._creators.items():
            home = self._homes[creator]
            if home in profits:
                profits[home] += self._worth(account) - self._received[account]
        ordered = sorted(profits.items(), key=lambda row: (-row[1], row[0]))
        return [(self.names[home], profit) for home, profit in ordered]

    def candles(self, market: int, interval: int) -> list[Candle]:
        """Candles of a market: intervals in nanoseconds."""
        found: dict[int, list[tuple[int, int, int]]] = defaultdict(list)
        for trade in self.trades[market]:
            found[trade[0] // interval * interval].append(trade)
        return [
            (start, rows[0][1], max(r[1] for r in rows), min(r[1] for r in rows), rows[-1][1], sum(r[2] for r in rows))
            for start, rows in sorted(found.items())
        ]

    def _worth(self, account: int) -> int:
        worth = self.cash[account]
        for market, ranked in self._ranked.items():
            worth += self.held[market][account] * self._mark(market) if ranked else -self._flows[market][account]
        return worth

    def _mark(self, market: int) -> int:
        if market in self._prices:
            return self._prices[market]
        return self.trades[market][-1][1] if self.trades[market] else self._middles[market]

    def _book(self, market: int, account: int, size: int, price: int) -> None:
        self.held[market][account] += size
        self.cash[account] -= size * price
        self._flows[market][account] -= size * price

    def _take(self, fact: Fact, time: int) -> None:
        match fact:
            case facts.OrderPlaced() | facts.OrderAmended():
                sign = 1 if fact.side == Side.BUY else -1
                for fill in fact.fills:
                    self._book(fact.market_id, fact.account_id, sign * fill.size, fill.price)
                    self._book(fact.market_id, fill.account_id, -sign * fill.size, fill.price)
                    self.trades[fact.market_id].append((time, fill.price, fill.size))
            case facts.Redeemed():
                self._redeem(fact)
            case facts.MarketCreated():
                assert fact.status != MarketStatus.SETTLED
                self._ranked[fact.market_id] = fact.ranked
                self._middles[fact.market_id] = (fact.low + fact.high) // 2
                self._baskets[fact.market_id] = fact.constituents
            case facts.MarketEdited() if fact.ranked is not None:
                self._ranked[fact.market_id] = fact.ranked
            case facts.MarketSettled():
                self._prices[fact.market_id] = fact.price
                for account, size in list(self.held[fact.market_id].items()):
                    self._book(fact.market_id, account, -size, fact.price)
            case facts.MarketUnsettled():
                price = self._prices.pop(fact.market_id)
                for restored in fact.positions:
                    self._book(fact.market_id, restored.account_id, restored.size, price)
            case facts.AccountCreated():
                self.names[fact.account_id] = fact.name
                if fact.kind != AccountKind.HOUSE:
                    self._creators[fact.account_id] = fact.owner_user_ids[0]
                else:
                    self._house = fact.account_id
            case facts.AccountRenamed():
                self.names[fact.account_id] = fact.name
            case facts.UserCreated():
                self._homes[fact.user_id] = fact.account_id
                if fact.subject == OPERATOR:
                    self._operator = fact.user_id
            case facts.Transferred():
                for account, amount in ((fact.from_account_id, -fact.amount), (fact.to_account_id, fact.amount)):
                    self.cash[account] += amount
                    self._received[account] += amount

    def _redeem(self, fact: facts.Redeemed) -> None:
        for account, sign in ((fact.account_id, 1), (self._house, -1)):
            self._book(fact.market_id, account, -sign * fact.size, fact.mark)
            self.cash[account] -= sign * fact.fee
            self._flows[fact.market_id][account] -= sign * fact.fee
            for part, mark in zip(self._baskets[fact.market_id], fact.constituent_marks, strict=True):
                self._book(part.market_id, account, sign * fact.size * part.multiplier, mark)
