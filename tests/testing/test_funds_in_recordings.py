"""What a recording says of funds, and what it leaves out."""

import json
from pathlib import Path

from exchange.testing import backtest
from exchange_client import Exchange, Refused


def test_a_bot_that_redeems_in_a_backtest_is_told_that_there_are_no_funds(tmp_path: Path) -> None:
    recording = tmp_path / "friday.jsonl"
    steps = [
        {"recording": 1, "began": 0},
        {"t": 0, "do": "open", "market": 3, "name": "Weather", "low": 0, "high": 20_000},
        {"t": 10**9, "do": "place", "market": 3, "order": 1, "account": 4, "buy": False, "price": 5_000, "size": 500,
         "now": False},
        {"t": 4 * 10**9, "do": "cancel", "market": 3, "orders": [1]},
    ]  # fmt: skip
    recording.write_text("\n".join(map(json.dumps, steps)) + "\n")
    refused: list[str] = []

    async def run(exchange: Exchange) -> None:
        weather = exchange.markets["Weather"]
        assert not weather.constituents
        while not weather.best_offer:
            await exchange.wait_for_change()
        await weather.buy(1, at=50)
        try:
            await weather.redeem(1)
        except Refused as error:
            refused.append(error.code.value)

    result = backtest(run, recording)
    assert refused == ["NOT_A_FUND"]
    assert len(result.fills) == 1
