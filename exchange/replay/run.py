"""A replay from start to end: a market of its own, two funded accounts, then message after message."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import trio

from exchange.replay.lobster import Kind, Recording
from exchange.replay.players import Players
from exchange.replay.report import Report
from exchange_client import Exchange, Number, connect

_WHOLE = 100  # hundredths: bounds are whole numbers
_CASH = 10_000  # ten-thousandths
_NAME_MAX = 40  # characters of it, so that a role and a number still fit


async def replay_recording(
    recording: Recording, *, url: str, token: str, name: str, progress: Callable[[int], None]
) -> Report:
    """Replays a recording on the exchange at ``url`` with the powers of an admin's ``token``.

    The market stays afterwards, with the last book of the recording in it. ``progress`` is told how many messages are
    done. Raises :class:`~exchange_client.ExchangeError` where the exchange does not play along.
    """
    report = Report()
    async with _stage(recording, url, token, name) as (maker, taker, market_id):
        report.market = maker.markets[market_id].name
        players = Players(maker, taker, market_id, report)
        await players.seed(recording.books[0])
        started_at = trio.current_time()
        for message, book in zip(recording.messages[1:], recording.books[1:], strict=True):
            report.top_of_book_mismatches += await players.act(message) != book.best
            _count(report, message.kind)
            progress(report.messages)
        report.seconds = round(trio.current_time() - started_at, 3)
    return report


def _count(report: Report, kind: Kind) -> None:
    report.messages += 1
    report.executions += kind is Kind.EXECUTION
    report.hidden += kind is Kind.HIDDEN_EXECUTION
    report.halts += kind is Kind.HALT


@asynccontextmanager
async def _stage(
    recording: Recording, url: str, token: str, name: str
) -> AsyncIterator[tuple[Exchange, Exchange, int]]:
    """The connections of maker and taker, each acting as its own account, and the market."""
    async with connect(url, token=token, elevated=True, cancel_on_exit=False) as admin:
        maker_id = await _account(admin, "replay maker")
        taker_id = await _account(admin, "replay taker")
        low, high = _bounds(recording)
        for account_id in (maker_id, taker_id):
            await _fund(admin, account_id, _needed(recording, low, high))
        made = await admin.create_market(
            _free_name(admin, f"{name[:_NAME_MAX]} replay"),
            low=low / _WHOLE,
            high=high / _WHOLE,
            description="Recorded order flow, replayed. One contract is one share."
            + ("" if recording.cents else " Prices are hundred times the recorded ones."),
        )
        async with (
            connect(url, token=token, elevated=True, act_as=maker_id, cancel_on_exit=False) as maker,
            connect(url, token=token, elevated=True, act_as=taker_id, cancel_on_exit=False) as taker,
        ):
            yield maker, taker, made.market_id


async def _account(admin: Exchange, role: str) -> int:
    """A sub-account of the admin for a role; the one of an earlier replay if there is."""
    name = f"{admin.accounts[admin.account_id].name[:_NAME_MAX]} {role}"
    known = admin.accounts.get(name)
    if known is not None and known.account_id in admin.owned_account_ids:
        return known.account_id
    return (await admin.create_account(_free_name(admin, name))).account_id


async def _fund(admin: Exchange, account_id: int, needed: int) -> None:
    missing = Number(needed) / _CASH - admin.portfolios[account_id].available
    if missing > 0:
        await admin.grant(account_id, missing, note="for a replay")


def _free_name(admin: Exchange, name: str) -> str:
    """The name, with a number where it is taken."""
    taken = {*(market.name.casefold() for market in admin.markets), *(item.name.casefold() for item in admin.accounts)}
    number = 1
    candidate = name
    while candidate.casefold() in taken:
        number += 1
        candidate = f"{name} {number}"
    return candidate


def _bounds(recording: Recording) -> tuple[int, int]:
    """Whole numbers around every price of the recording."""
    low, high = min(recording.prices), max(recording.prices)
    return low // _WHOLE * _WHOLE, (high // _WHOLE + 1) * _WHOLE


def _needed(recording: Recording, low: int, high: int) -> int:
    """More cash than any order of the recording can need: as if all of them rested at the worst price at once."""
    seeded = sum(level.size for side in recording.books[0] for level in side)
    sizes = seeded + sum(message.size for message in recording.messages)
    return sizes * (high - low)
