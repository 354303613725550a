"""Every limit, deadline and queue length of the exchange: a name, a unit and a reason.

A setting is changed with ``--set NAME=VALUE`` or with the environment variable ``EXCHANGE_NAME``; the flag wins.
Durations are seconds unless the unit says otherwise. Nothing outside this file holds a number that an operator
might want to change.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

ENVIRONMENT_PREFIX = "EXCHANGE_"


class SettingError(ValueError):
    """A setting that does not exist or whose value does not fit; the message says which and what would."""


def _limit(default: Any, unit: str, reason: str) -> Any:
    return field(default=default, metadata={"unit": unit, "reason": reason})


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The values one exchange runs with. Immutable: a change needs a restart."""

    # The port and the sockets behind it.
    connections_max: int = _limit(4_000, "connections", "each costs about 100 KiB; a small machine stays below 512 MiB")
    connections_per_address: int = _limit(1_000, "connections", "a whole class sits behind one address")
    accept_retry_seconds: float = _limit(0.1, "s", "out of file descriptors: until then some connection may have ended")
    http_request_seconds: float = _limit(
        5.0, "s", "a browser sends its request at once; a trickler must not hold a task"
    )
    http_idle_seconds: float = _limit(30.0, "s", "keep-alive while a page loads its files")
    http_header_bytes: int = _limit(16_384, "bytes", "cookies and tokens fit; a header bomb does not")
    handshake_seconds: float = _limit(
        5.0, "s", "bounds trio-websocket's handshake, which never returns after a hang-up"
    )
    authenticate_seconds: float = _limit(10.0, "s", "time for the first message; most clients need one round trip")
    message_bytes_unauthenticated: int = _limit(16_384, "bytes", "a token and a resume point; strangers get no more")
    message_bytes: int = _limit(131_072, "bytes", "a frame of a thousand orders")
    socket_queue_messages: int = _limit(64, "messages", "pings are answered only while the reader is not blocked by it")
    socket_queue_bytes: int = _limit(262_144, "bytes", "a client's messages not yet taken; more waits in the kernel")
    socket_read_bytes: int = _limit(16_384, "bytes", "parsed without a pause: 13 ms if it is all empty frames")
    socket_send_bytes: int = _limit(262_144, "bytes", "what the kernel keeps for a slow reader before its outbox does")
    socket_close_seconds: float = _limit(2.0, "s", "time for the peer to answer a Close before the socket is cut")
    socket_write_seconds: float = _limit(30.0, "s", "a write that takes longer has a reader that stopped reading")
    ping_seconds: float = _limit(15.0, "s", "finds half-open sockets and keeps proxies from closing quiet ones")
    ping_timeout_seconds: float = _limit(45.0, "s", "three missed pings")
    allowed_origins: str = _limit("", "comma-separated origins", "other sites' pages must not speak for a visitor")
    allowed_hosts: str = _limit("", "comma-separated host names", "stops DNS rebinding; loopback names always pass")


def setting_names() -> list[str]:
    return [item.name for item in fields(Settings)]


def load_settings(environment: Mapping[str, str], flags: Mapping[str, str] | None = None) -> Settings:
    """Settings from ``EXCHANGE_*`` variables and ``--set`` flags. Raises :class:`SettingError` in one sentence."""
    flags = flags or {}
    known = {item.name: item for item in fields(Settings)}
    for name in flags:
        if name not in known:
            raise SettingError(f"there is no setting {name!r}; `exchange serve --list-settings` prints them all")
    values: dict[str, Any] = {}
    for name, item in known.items():
        text = flags.get(name, environment.get(ENVIRONMENT_PREFIX + name.upper()))
        if text is not None:
            values[name] = _parse(name, text, type(item.default), item.metadata["unit"])
    return Settings(**values)


def _parse(name: str, text: str, kind: type, unit: str) -> Any:
    if kind is bool:
        if text.lower() in {"1", "true", "yes", "on"}:
            return True
        if text.lower() in {"0", "false", "no", "off"}:
            return False
        raise SettingError(f"setting {name} is yes or no, not {text!r}")
    try:
        value = kind(text)
    except ValueError:
        raise SettingError(f"setting {name} takes a number of {unit}, not {text!r}") from None
    if kind in (int, float) and value < 0:
        raise SettingError(f"setting {name} must not be negative, not {text!r}")
    return value
