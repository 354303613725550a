"""Runs one of these bots on an exchange: ``python run_live.py maker ws://localhost:8080/ws dev:ada``."""

import importlib
import sys

import trio

from exchange_client import connect


async def main(bot: str, url: str, token: str) -> None:
    async with connect(url, token=token, cancel_on_disconnect=True) as exchange:
        await importlib.import_module(bot).run(exchange)


if __name__ == "__main__":
    trio.run(main, sys.argv[1], sys.argv[2], sys.argv[3])
