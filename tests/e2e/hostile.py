"""Clients that do what no client should, against a real process, beside bots that trade on."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random

import trio

from exchange_client.schema import client_pb2
from tests.e2e.bot import Bot
from tests.e2e.kills import SETTINGS
from tests.e2e.server import Server, connect, server_nursery, start_server, verified
from tests.net.raw_client import (
    BINARY,
    PING,
    HungUp,
    RawClient,
    close_frame,
    frame,
    handshake,
    random_frame,
    request,
)
from tests.sim.fuzz import KINDS, random_request
from tests.sim.raw_client import RawClient as DecentClient
from tests.sim.requests import create_market, kind_of

BOTS = 3
AT_ONCE = 8
PAGE_KIB = 4
QUICK: Sequence[str] = (  # so that what waits for a deadline does not keep the test waiting
    *SETTINGS, "http_request_seconds=0.5", "handshake_seconds=0.5", "authenticate_seconds=0.5",
    "sign_in_wait_seconds=0.4", "socket_close_seconds=0.2", "http_idle_seconds=0.5",
)  # fmt: skip


@dataclass(frozen=True)
class Aftermath:
    """What the others saw of it. Memory is resident, in KiB."""

    misdeeds: dict[str, int]
    acknowledged: int
    longest_stall: float
    memory_before: int
    memory_after: int


async def _sign_in(client: RawClient, random: Random) -> None:
    await client.open()
    hello = client_pb2.ClientMessage()
    hello.authenticate.token = f"dev:eve{random.randrange(5)}"
    await client.send(frame(BINARY, client_pb2.ClientFrame(messages=[hello]).SerializeToString()))
    await client.receive()


async def send_random_frames(client: RawClient, random: Random) -> None:
    await client.open()
    for _ in range(random.randrange(1, 12)):
        await client.send(random_frame(random))


async def send_random_frames_signed_in(client: RawClient, random: Random) -> None:
    await _sign_in(client, random)
    for _ in range(random.randrange(1, 12)):
        await client.send(random_frame(random))


async def send_made_up_requests(client: RawClient, random: Random) -> None:
    await _sign_in(client, random)
    for number in range(1, 30):
        await client.send(frame(BINARY, random_request(random, random.choice(KINDS), number)))


async def send_requests_with_flipped_bits(client: RawClient, random: Random) -> None:
    await _sign_in(client, random)
    for number in range(1, 10):
        payload = bytearray(random_request(random, random.choice(KINDS), number))
        payload[random.randrange(len(payload))] ^= 1 << random.randrange(8)
        await client.send(frame(BINARY, bytes(payload)))


async def nest_deeply(client: RawClient, random: Random) -> None:
    """Groups within groups of a field that does not exist."""
    await _sign_in(client, random)
    depth = random.choice((10, 99, 101, 5_000))
    await client.send(frame(BINARY, b"\xa3\x3e" * depth + b"\xa4\x3e" * depth))


async def put_a_byte_beyond_ascii_into_the_handshake(client: RawClient, random: Random) -> None:
    await client.send(handshake(host=b"loc\xe4lhost"))


async def ping_after_the_close(client: RawClient, random: Random) -> None:
    await client.open()
    await client.send(frame(BINARY, b"not a frame of ours"))
    await client.receive_close()
    for _ in range(10):
        await client.send(frame(PING, b"still there?"))
    await client.send(close_frame(1000))


async def leave_right_after_the_handshake(client: RawClient, random: Random) -> None:
    await client.send(handshake())


async def ask_for_the_socket_in_plain_http(client: RawClient, random: Random) -> None:
    await client.send(request("/ws"))


async def say_nothing(client: RawClient, random: Random) -> None:
    await client.receive_end()


async def send_too_much_at_once(client: RawClient, random: Random) -> None:
    await client.open()
    await client.send(frame(BINARY, bytes(300_000)))
    await client.receive_end()


async def announce_2_to_the_62_bytes(client: RawClient, random: Random) -> None:
    await _sign_in(client, random)
    await client.send(frame(BINARY)[:1] + bytes([0x80 | 127]) + (1 << 62).to_bytes(8, "big") + b"mask" + bytes(1_000))


async def send_noise(client: RawClient, random: Random) -> None:
    await client.send(random.randbytes(random.randrange(1, 5_000)))


Misdeed = Callable[[RawClient, Random], Awaitable[None]]
MISDEEDS: tuple[Misdeed, ...] = (
    send_random_frames, send_random_frames_signed_in, send_made_up_requests, send_requests_with_flipped_bits,
    nest_deeply, put_a_byte_beyond_ascii_into_the_handshake, ping_after_the_close, leave_right_after_the_handshake,
    ask_for_the_socket_in_plain_http, say_nothing, send_too_much_at_once, announce_2_to_the_62_bytes, send_noise,
)  # fmt: skip


async def misbehave(folder: Path, sequences: int, seed: int) -> Aftermath:
    """So many connections of clients that do not behave, a few at a time; fails when the server or a bot suffers."""
    random, done = Random(seed), dict.fromkeys((misdeed.__name__ for misdeed in MISDEEDS), 0)
    bots = [Bot(f"bot{number}", seed * 100 + number) for number in range(BOTS)]
    async with server_nursery() as nursery:
        server = await start_server(folder, nursery, *QUICK)
        owner = await connect(server, nursery, DecentClient("owner"))
        assert kind_of(await owner.ask(create_market("Market"))) == "created"
        await owner.close()
        async with trio.open_nursery() as lives:
            for bot in bots:
                lives.start_soon(bot.live, nursery)
                bot.serve_with(server)
            await trio.sleep(1)
            before = _memory(server)
            left = list(range(sequences))

            async def be_bad() -> None:
                while left:
                    misdeed = MISDEEDS[left.pop() % len(MISDEEDS)]
                    done[misdeed.__name__] += 1
                    await _one(server, misdeed, Random(random.random()))

            async with trio.open_nursery() as villains:
                for _ in range(AT_ONCE):
                    villains.start_soon(be_bad)
            acknowledged = [bot.acknowledged for bot in bots]
            with trio.fail_after(30):
                while any(bot.acknowledged <= n for bot, n in zip(bots, acknowledged, strict=True)):  # noqa: ASYNC110
                    await trio.sleep(0.01)
            after = _memory(server)
            for bot in bots:
                bot.stop = True
        assert all(not bot.in_flight_at_loss for bot in bots), "a bot lost its connection"
        assert await server.terminate() == 0
    verified(folder)
    for bot in bots:
        bot.check(folder / "exchange.db")
    stall = max(bot.longest_stall for bot in bots)
    return Aftermath(done, sum(bot.acknowledged for bot in bots), stall, before, after)


async def _one(server: Server, misdeed: Misdeed, random: Random) -> None:
    client = RawClient(await server.dial(), patience_seconds=20.0)
    with suppress(HungUp):
        await misdeed(client, random)
    if random.random() < 0.5:
        client.reset()
    else:
        await client.stream.aclose()


def _memory(server: Server) -> int:
    statm = Path(f"/proc/{server.process.pid}/statm").read_text().split()
    return int(statm[1]) * PAGE_KIB
