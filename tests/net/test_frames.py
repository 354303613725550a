"""The frames we build ourselves are the ones the protocol means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wsproto.frame_protocol import FrameProtocol, Opcode

from exchange.net.frames import binary_frame


def _read(data: bytes) -> list[tuple[Opcode, bytes, bool]]:
    protocol = FrameProtocol(client=True, extensions=[])
    protocol.receive_bytes(data)
    return [
        (frame.opcode, frame.payload, frame.message_finished)
        for frame in protocol.received_frames()
        if isinstance(frame.payload, bytes)
    ]


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 300_000])
def test_a_frame_is_one_whole_binary_message_whatever_its_size(size: int) -> None:
    assert _read(binary_frame(bytes(size))) == [(Opcode.BINARY, bytes(size), True)]


@given(st.lists(st.binary(max_size=400), max_size=20))
def test_frames_that_follow_each_other_stay_apart(payloads: list[bytes]) -> None:
    joined = b"".join(binary_frame(payload) for payload in payloads)
    assert [payload for _, payload, _ in _read(joined)] == payloads


@given(st.binary(max_size=70_000))
def test_a_frame_is_what_the_library_would_have_sent(payload: bytes) -> None:
    assert binary_frame(payload) == bytes(FrameProtocol(client=False, extensions=[]).send_data(payload))
