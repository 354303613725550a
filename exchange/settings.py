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
    message_bytes_unauthenticated: int = _limit(20_480, "bytes", "two tokens and a resume point; strangers get no more")
    message_bytes: int = _limit(131_072, "bytes", "a frame of a thousand orders")
    socket_queue_messages: int = _limit(64, "messages", "pings are answered only while the reader is not blocked by it")
    socket_queue_bytes: int = _limit(262_144, "bytes", "a client's messages not yet taken; more waits in the kernel")
    socket_read_bytes: int = _limit(16_384, "bytes", "parsed without a pause: 13 ms if it is all empty frames")
    socket_send_bytes: int = _limit(262_144, "bytes", "what the kernel keeps for a slow reader before its outbox does")
    socket_close_seconds: float = _limit(2.0, "s", "time for the peer to answer a Close before the socket is cut")
    socket_write_seconds: float = _limit(30.0, "s", "a write that takes longer has a reader that stopped reading")
    ping_seconds: float = _limit(15.0, "s", "finds half-open sockets and keeps proxies from closing quiet ones")
    ping_timeout_seconds: float = _limit(45.0, "s", "three missed pings")
    page_bytes: int = _limit(33_554_432, "bytes", "the page is kept in memory; a built one takes a few million")
    allowed_origins: str = _limit("", "comma-separated origins", "other sites' pages must not speak for a visitor")
    allowed_hosts: str = _limit("", "comma-separated host names", "stops DNS rebinding; loopback names always pass")

    # The store.
    store_busy_seconds: float = _limit(10.0, "s", "a shell or a backup that holds the write lock is waited for")
    store_cache_kib: int = _limit(16_384, "KiB", "pages of accounts, positions and open orders, of a large exchange")
    store_checkpoint_pages: int = _limit(
        8_000, "pages of 2 KiB", "the log's size; a start reads at most this much of it; 0: left to Litestream"
    )

    # The flow from a request to its reply.
    requests_waiting_per_connection: int = _limit(1_024, "requests", "then the connection is not read until some reply")
    market_inbox_requests: int = _limit(4_096, "requests", "then connections wait: backpressure instead of memory")
    commits_waiting: int = _limit(8_192, "commits", "slots between decision and writer; bounds memory ahead of disk")
    commits_per_transaction: int = _limit(2_048, "commits", "bounds the time of one transaction and of one publication")
    decisions_per_turn: int = _limit(64, "commands", "then other tasks get a turn: about a millisecond")
    market_failures_max: int = _limit(3, "failures", "in one window; then the market is halted until an admin opens it")
    market_failure_window_seconds: float = _limit(60.0, "s", "failures further apart are separate accidents")

    # What is sent to clients.
    outbox_bytes: int = _limit(8_388_608, "bytes", "a client this far behind is cut and resumes: code 4003")
    frame_bytes: int = _limit(262_144, "bytes", "a browser parses a frame of this size without a hitch")
    heartbeat_seconds: float = _limit(5.0, "s", "a client calls a socket mute after three of these")
    ring_facts: int = _limit(20_000, "commits", "kept in memory so that a client can join the live feed")
    sign_ins_per_second: float = _limit(100.0, "sign-ins/s", "up to 4 ms each: trading keeps half the loop; 0: any")
    sign_ins_burst: int = _limit(50, "sign-ins", "a class that comes in at once after a quiet moment")
    sign_in_wait_seconds: float = _limit(4.0, "s", "then told to come back later; below authenticate_seconds")
    snapshot_transfers: int = _limit(100, "transfers", "the latest of a user's accounts; older ones are history")
    resume_facts: int = _limit(100_000, "commits", "beyond it a snapshot is cheaper than catching up")
    resume_page_facts: int = _limit(2_000, "commits", "one short read from the journal")
    catch_ups_at_once: int = _limit(16, "clients", "snapshots cut and not yet durable; a sign-in storm takes turns")
    catch_up_seconds: float = _limit(120.0, "s", "a client that takes longer holds memory and will never be live")
    reads_per_connection: int = _limit(4, "requests", "of history at a time; then the connection is not read until one")
    page_rows: int = _limit(100, "rows", "of history where the request does not say how many")
    page_rows_max: int = _limit(1_000, "rows", "of history in one answer: below 100 KiB as a rule")
    candles_max: int = _limit(1_000, "candles", "in one answer: more than a screen is wide")
    read_commits: int = _limit(65_536, "commits", "of candles in one short read; others take turns between")
    leaderboard: bool = _limit(True, "yes or no", "off, only elevated admins see who is winning")
    leaderboard_seconds: float = _limit(1.0, "s", "how old it may be: a step of some 50 ms for a thousand accounts")
    readers: int = _limit(2, "connections", "read-only SQLite connections, each with a thread while it reads")

    # Retries.
    request_memory_seconds: float = _limit(3_600.0, "s", "how long a retry gets the same reply")
    replace_seconds: float = _limit(5.0, "s", "time for a replaced connection to close before it is cut")

    # Signing in. See docs/operations.md.
    oidc_issuer: str = _limit("", "URL", "whose tokens are accepted; empty for none")
    oidc_audience: str = _limit("", "text", "how the issuer knows this exchange as an API; tokens must be for it")
    oidc_client_id: str = _limit("", "text", "how the issuer knows the page; its ID tokens are for it")
    oidc_scope: str = _limit("openid profile email offline", "scopes", "what the page asks the issuer for")
    oidc_role_claims: str = _limit("permissions,roles", "comma-separated claims", "where a token says what somebody is")
    oidc_admin_role: str = _limit("admin", "text", "the role or permission that makes an admin")
    admin_subjects: str = _limit("", "comma-separated subjects", "admins whatever their token says")
    entry_file: str = _limit("", "CSV file", "email, subject, role, starting_cash of people; read anew when changed")
    entry_listed_only: bool = _limit(False, "yes or no", "lets in only whom entry_file lists")
    entry_seconds: float = _limit(5.0, "s", "how late a change of entry_file is noticed")
    token_leeway_seconds: float = _limit(30.0, "s", "clocks differ: how wrong the issuer's or ours may be")
    token_seconds_max: float = _limit(86_400.0, "s", "a connection lasts no longer on one token, whatever it says")
    issuer_keys_seconds: float = _limit(300.0, "s", "how long a key that the issuer withdrew may still be accepted")
    issuer_cool_down_seconds: float = _limit(10.0, "s", "made-up key ids cause one fetch in that time, and no more")
    issuer_stale_seconds: float = _limit(86_400.0, "s", "how long known keys are trusted while the issuer is down")
    issuer_fetch_seconds: float = _limit(5.0, "s", "half of authenticate_seconds: who waits still gets an answer")
    issuer_bytes_max: int = _limit(262_144, "bytes", "a discovery document or a key set; a few KiB as a rule")
    failed_sign_ins_per_minute: float = _limit(120.0, "failures/min", "of one address: a class with a broken bot fits")
    failed_sign_ins_burst: float = _limit(240.0, "failures", "of one address at once, after a quiet time")
    behind_fly_proxy: bool = _limit(False, "yes or no", "believes Fly-Client-IP: where nothing else can reach the port")
    credential_seconds: float = _limit(1.0, "s", "how late the end of a token or a key is noticed on a live connection")
    key_use_seconds: float = _limit(600.0, "s", "a commit each time: how exact the last use of a key is known")

    # Pace, per user.
    pace_per_second: float = _limit(100.0, "mutations/s", "a busy bot; cancels have the same again of their own")
    pace_burst: float = _limit(1_000.0, "mutations", "quotes for a whole class of markets at once")
    pace_expensive_per_minute: float = _limit(180.0, "requests/min", "sign-ins, snapshots, history, creations")
    pace_elevated_factor: float = _limit(10.0, "times", "organisers set up a class from a script")

    # Going away.
    drain_answer_seconds: float = _limit(1.5, "s", "time for accepted requests to be answered")
    drain_close_seconds: float = _limit(0.75, "s", "time for clients to take what waits for them and to say goodbye")
    drain_market_seconds: float = _limit(1.0, "s", "time for market tasks to end")
    reconnect_after_seconds: float = _limit(0.5, "s", "what clients are asked to wait, with as much jitter again")

    idle_seconds: float = _limit(0.0, "s", "then spectators are closed with 4002, so that a machine can stop; 0: never")

    # Watching itself.
    watchdog_seconds: float = _limit(30.0, "s", "a loop stuck this long serves nobody: the process ends; 0: never")
    loop_sample_seconds: float = _limit(0.5, "s", "how often the loop's lag is measured and the watchdog is fed")
    disk_low_bytes: int = _limit(268_435_456, "bytes", "less than this left is named in /readyz: time to make room")

    # Scheduled copies.
    backup_seconds: float = _limit(0.0, "s", "from one scheduled copy to the next; 0: none")
    backup_copies: int = _limit(7, "copies", "kept; the oldest makes room for the newest")
    backup_folder: str = _limit("", "folder", "where copies go; empty: `backups` beside the file")

    # Rules.
    open_orders_per_market: int = _limit(10_000, "orders", "per account; a ladder of a thousand levels ten times over")
    fills_per_command: int = _limit(1_000, "fills", "one command stays one short step and one message")
    steps_per_batch: int = _limit(200, "steps", "a ladder of a hundred levels, replaced at once")
    markets_per_user: int = _limit(100, "markets", "made by one user who is not an admin")
    sub_accounts_per_user: int = _limit(20, "accounts", "one for each strategy")
    keys_per_user: int = _limit(20, "keys", "one for each bot; each is somewhere in a file")
    starting_cash: int = _limit(0, "ten-thousandths", "granted by the house on a first sign-in")
    users_create_markets: bool = _limit(True, "yes or no", "a prediction night lives from it; a class may not want it")
    self_trade_by_user: bool = _limit(False, "yes or no", "prevents trades between all accounts of one user")
    timer_seconds: float = _limit(0.25, "s", "how late the clock is heard in a quiet market; a busy one is exact")
    disconnect_grace_seconds: float = _limit(
        10.0, "s", "then the orders of a session that is gone end; a client's reconnect, or a restart, fits in"
    )
    audit_seconds: float = _limit(10.0, "s", "how often invariants are recomputed, a market at a time")


# Below these nothing works: a queue without a place, a loop without a pause, a client cut as soon as it is let in.
_LEAST: dict[str, float] = {
    "outbox_bytes": 1_048_576,
    "frame_bytes": 4_096,
    "message_bytes": 4_096,
    "message_bytes_unauthenticated": 4_096,
    "http_header_bytes": 1_024,
    "request_memory_seconds": 600.0,
    **dict.fromkeys(
        (
            "connections_max", "connections_per_address", "socket_queue_messages", "socket_queue_bytes",
            "socket_read_bytes", "requests_waiting_per_connection", "market_inbox_requests", "commits_waiting",
            "commits_per_transaction", "decisions_per_turn", "market_failures_max", "sign_ins_burst", "ring_facts",
            "resume_page_facts", "catch_ups_at_once", "reads_per_connection", "page_rows", "page_rows_max",
            "candles_max", "read_commits", "readers", "backup_copies", "open_orders_per_market", "fills_per_command",
            "steps_per_batch",
        ),
        1,
    ),
    **dict.fromkeys(
        (
            "accept_retry_seconds", "http_request_seconds", "http_idle_seconds", "handshake_seconds",
            "authenticate_seconds", "socket_write_seconds", "ping_seconds", "ping_timeout_seconds", "heartbeat_seconds",
            "catch_up_seconds", "entry_seconds", "credential_seconds", "issuer_fetch_seconds", "loop_sample_seconds",
            "timer_seconds", "audit_seconds",
        ),
        0.01,
    ),
}  # fmt: skip
# The first of a pair is at most the second.
_PAIRS = (
    ("frame_bytes", "outbox_bytes"),
    ("page_rows", "page_rows_max"),
    ("sign_in_wait_seconds", "authenticate_seconds"),
)


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
    settings = Settings(**values)
    for smaller, larger in _PAIRS:
        least, most = getattr(settings, smaller), getattr(settings, larger)
        if least > most:
            raise SettingError(f"setting {smaller} ({least}) must not be above setting {larger} ({most})")
    return settings


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
    if kind in (int, float) and not value >= _LEAST.get(name, 0):
        raise SettingError(f"setting {name} is at least {_LEAST.get(name, 0)} {unit}, not {text!r}")
    return value
