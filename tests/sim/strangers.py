"""Those who never get in: wrong tokens, wrong words, no words at all. They come now and then, and change nothing."""

from random import Random

import trio
from trio_websocket import ConnectionClosed, HandshakeError

from tests.sim.raw_client import RawClient
from tests.sim.requests import code_of, kind_of
from tests.sim.world import World

VISITS = 3
GONE = (OSError, trio.BrokenResourceError, trio.ClosedResourceError, ConnectionClosed, HandshakeError)


async def visit(world: World) -> None:
    """Some visits, one after the other, while the world lasts."""
    random = Random(f"stranger {world.seed}")
    for number in range(VISITS):
        await trio.sleep(random.random() * world.weather.seconds / VISITS)
        with trio.move_on_after(30):
            await _visit_once(world, random, f"stranger {number}")
        if world.over:
            return


async def _visit_once(world: World, random: Random, name: str) -> None:
    stranger = RawClient(name, session=random.choice((b"", b"short", random.randbytes(16))))
    try:
        async with trio.open_nursery() as nursery:
            stream = world.dial(name)
            if random.random() < 0.2:
                await stream.send_all(
                    random.choice((b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", random.randbytes(80)))
                )
                await stream.receive_some()
            else:
                await stranger.open(nursery, stream)
                await _speak(world, random, stranger)
                await stranger.wait_ended()
            nursery.cancel_scope.cancel()
    except* GONE:
        pass
    finally:
        stranger.drop()
    for message in stranger.received:
        if kind_of(message) == "refusal":
            world.coverage.refused(code_of(message))


async def _speak(world: World, random: Random, stranger: RawClient) -> None:
    hello = stranger.hello(
        random.choice(("dev:", "nonsense", world.issuer.token("former", seconds=-1.0), "xk_unknown"))
    )
    chance = random.random()
    if chance < 0.3:
        hello.authenticate.protocol_revision = 9
        await stranger.send(hello)
    elif chance < 0.7:
        await stranger.send(hello)
    elif chance < 0.85:
        await stranger.send_bytes(random.randbytes(random.choice((3, 300))))
    else:
        await stranger.send_raw(random.randbytes(40))
