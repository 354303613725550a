"""What goes straight to the inbox and what the library sees, however the bytes are cut."""

import os
import random
from collections.abc import Sequence

import pytest

from exchange.net.lane import Lane, unmasked
from exchange.net.stream import GuardedStream

HEAD = b"GET /ws HTTP/1.1\r\nHost: here\r\n\r\n"
LIMIT = 1_000


class Arriving(GuardedStream):
    """Hands out these pieces, and then the end."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self._pieces = list(pieces)

    async def receive_some(self, max_bytes: int | None = None) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""


def frame(payload: bytes, first: int = 0x82, *, masked: bool = True, size: int | None = None) -> bytes:
    """One frame as a client writes it; ``size`` is how many bytes its length takes."""
    length = len(payload)
    flag = 0x80 if masked else 0
    if size is None:
        size = 0 if length < 126 else 2 if length < 1 << 16 else 8
    marker = {0: length, 2: 126, 8: 127}[size]
    head = bytes((first, flag | marker)) + (length.to_bytes(size, "big") if size else b"")
    if not masked:
        return head + payload
    mask = os.urandom(4)
    return head + mask + unmasked(payload, mask)


async def take_apart(pieces: Sequence[bytes]) -> tuple[list[bytes], list[bytes]]:
    """Messages delivered, and what the library was given after the head."""
    messages: list[bytes] = []
    shown: list[bytes] = []

    async def deliver(message: bytes) -> None:
        messages.append(message)

    lane = Lane(Arriving(pieces), deliver, LIMIT)
    while data := await lane.receive_some():
        shown.append(data)
    return messages, shown


async def test_the_head_is_the_librarys_and_a_message_behind_it_is_not() -> None:
    assert await take_apart([HEAD + frame(b"early")]) == ([b"early"], [HEAD])


async def test_bytes_without_a_head_are_the_librarys_for_ever() -> None:
    pieces = [b"GET /ws HTTP/1.1\r\n", b"\r\n", frame(b"x")]
    assert await take_apart(pieces) == ([], pieces)


@pytest.mark.parametrize("length", [0, 1, 125, 126, 127, 999, 1_000])
async def test_a_message_of_any_length_arrives_as_it_was_sent(length: int) -> None:
    payload = os.urandom(length)
    assert await take_apart([HEAD, frame(payload)]) == ([payload], [HEAD])


@pytest.mark.parametrize("seed", range(20))
async def test_it_does_not_matter_how_the_bytes_are_cut(seed: int) -> None:
    chance = random.Random(seed)
    frames: list[tuple[bytes, bool]] = []
    for number in range(60):
        payload = bytes([number]) * chance.choice([1, 5, 125, 126, 300])
        control = chance.random() < 0.3
        frames.append((frame(payload[:20], 0x89), False) if control else (frame(payload), True))
    data = b"".join(each for each, _ in frames)
    cuts = sorted(chance.sample(range(len(data)), 100))
    pieces = [data[begin:end] for begin, end in zip([0, *cuts], [*cuts, len(data)], strict=True) if begin < end]
    messages, shown = await take_apart([HEAD, *pieces])
    assert [payload[0] for payload in messages] == [number for number, (_, ours) in enumerate(frames) if ours]
    assert shown[1:] == [each for each, ours in frames if not ours]


async def offered(pieces: Sequence[bytes], taken: Sequence[bytes] = ()) -> tuple[list[bytes], list[bytes]]:
    """Messages offered to who handles them at once and takes these, and messages delivered."""
    offers: list[bytes] = []
    messages: list[bytes] = []

    async def deliver(message: bytes) -> None:
        messages.append(message)

    def handled_at_once(message: bytes) -> bool:
        offers.append(message)
        return message in taken

    lane = Lane(Arriving(pieces), deliver, LIMIT, handled_at_once)
    while await lane.receive_some():
        pass
    return offers, messages


async def test_a_message_that_came_alone_is_offered_before_it_is_delivered() -> None:
    assert await offered([HEAD, frame(b"a"), frame(b"b")], taken=[b"a"]) == ([b"a", b"b"], [b"b"])


async def test_messages_that_came_together_are_delivered_in_turn() -> None:
    assert await offered([HEAD, frame(b"a") + frame(b"b")], taken=[b"a", b"b"]) == ([], [b"a", b"b"])


async def test_a_message_that_comes_with_the_head_or_in_parts_is_not_offered_early() -> None:
    whole = frame(b"parts")
    assert await offered([HEAD + frame(b"early"), whole[:3], whole[3:]], taken=[]) == (
        [b"early", b"parts"],
        [b"early", b"parts"],
    )


async def test_a_message_never_overtakes_a_fragmented_one() -> None:
    """The library must have seen the last fragment before what follows it is delivered."""
    first, last = frame(b"a", 0x02), frame(b"b", 0x80)
    delivered: list[bytes] = []

    async def deliver(message: bytes) -> None:
        delivered.append(message)

    lane = Lane(Arriving([HEAD, first + last + frame(b"c")]), deliver, LIMIT)
    for shown in (HEAD, first, last):
        assert await lane.receive_some() == shown
        assert not delivered
    assert await lane.receive_some() == b""
    assert delivered == [b"c"]


async def test_inside_a_fragmented_message_everything_is_the_librarys() -> None:
    frames = [frame(b"a", 0x02), frame(b"intruder"), frame(b"b", 0x00), frame(b"", 0x89), frame(b"c", 0x80)]
    messages, shown = await take_apart([HEAD, b"".join(frames), frame(b"after")])
    assert (messages, shown[1:]) == ([b"after"], frames)


@pytest.mark.parametrize(
    "mistake",
    [
        frame(b"unmasked", masked=False),
        frame(bytes(LIMIT + 1)),
        frame(b"long-winded", size=2),
        frame(b"long-winded", size=8),
        frame(bytes(300), size=8),
        bytes((0x82, 0xFF)) + (1 << 62).to_bytes(8, "big"),
    ],
    ids=["unmasked", "too long", "16 bits for few", "64 bits for few", "64 bits for 16", "2 to the 62"],
)
async def test_from_a_mistake_on_everything_is_the_librarys(mistake: bytes) -> None:
    rest = mistake + frame(b"more")
    assert await take_apart([HEAD, frame(b"right") + rest, b"and more"]) == ([b"right"], [HEAD, rest, b"and more"])
