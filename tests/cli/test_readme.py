"""What the README shows works as it stands there."""

import re
import subprocess
import sys
from pathlib import Path

import trio

from exchange.demo.server import run_server
from exchange_client import connect

README = Path(__file__).parents[2] / "README.md"


async def test_the_bot_of_the_readme_buys_what_is_cheap(tmp_path: Path) -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README.read_text("utf-8"), re.DOTALL)
    async with (
        run_server(tmp_path / "exchange.db", 0) as server,
        connect(server.socket_url, token="dev:organiser:admin", elevated=True) as exchange,
    ):
        market = await exchange.create_market("Rain on Friday", low=0, high=100)
        await market.sell(20, at=39.5)
        script = code.replace("ws://127.0.0.1:8080/ws", server.socket_url)
        assert script != code
        bot = await trio.lowlevel.open_process([sys.executable, "-u", "-c", script], stdout=subprocess.PIPE)
        assert bot.stdout is not None
        said = b""
        with trio.fail_after(30):
            while said.count(b"\n") < 2:
                said += await bot.stdout.receive_some()
        bot.kill()
        await bot.wait()
    assert said.decode().splitlines() == [
        "bought 10 at 39.5, position 10",
        "bought 10 at 39.5, position 20",
    ]
