"""The one kind of frame the server builds itself: a whole binary message, unmasked, uncompressed (RFC 6455, 5.2)."""

from struct import Struct

FINAL_BINARY = 0x82
LENGTH_16_BITS = 126
LENGTH_64_BITS = 127

_SHORT_HEADERS = [bytes((FINAL_BINARY, length)) for length in range(LENGTH_16_BITS)]
_HEADER_16_BITS = Struct("!BBH")
_HEADER_64_BITS = Struct("!BBQ")


def binary_frame(payload: bytes) -> bytes:
    """Return ``payload`` as one frame, ready for the stream."""
    length = len(payload)
    if length < LENGTH_16_BITS:
        return _SHORT_HEADERS[length] + payload
    if length < 1 << 16:
        return _HEADER_16_BITS.pack(FINAL_BINARY, LENGTH_16_BITS, length) + payload
    return _HEADER_64_BITS.pack(FINAL_BINARY, LENGTH_64_BITS, length) + payload
