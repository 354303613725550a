"""``exchange serve``."""

import gc
import json
import os
import signal
import sys
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple

import structlog
import trio
import typer

from exchange.cli.options import SetOption, print_settings, read_settings
from exchange.cli.who_signs_in import FLY_VARIABLE, LOOPBACK_HOSTS, choose_authenticator
from exchange.environment import Environment, WriterThread
from exchange.net.entrance import Entrance
from exchange.net.identity import Authenticator, NoTokens
from exchange.net.local import NoLocalSocket, local_path, open_local_listener, remove_local_socket
from exchange.net.oidc.discovery import IssuerMisconfigured
from exchange.net.oidc.tokens import IssuerTokens
from exchange.net.site import Site
from exchange.server import Shutdown, run_exchange
from exchange.settings import SettingError, Settings
from exchange.store.database import Store, open_store
from exchange.store.errors import StoreBroken, StoreError

log = structlog.get_logger(__name__)

SWITCH_INTERVAL_SECONDS = 0.0005
"""A commit in a worker thread asks for the interpreter lock again and again; with the default of 5 ms each time, a busy
loop thread turns half a millisecond into hundreds."""

COLLECTOR_THRESHOLDS = (100_000, 50, 1_000)
"""New objects before a collection of the youngest, and how many of those before one of the older and the oldest."""


def serve(
    db: Annotated[Path, typer.Option(help="The SQLite file; made if it is not there.")] = Path("exchange.db"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port; 0 takes a free one.")] = 8080,
    dev_auth: Annotated[bool, typer.Option("--dev-auth", help="Accept developer tokens `dev:NAME[:admin]`.")] = False,
    dev_auth_anywhere: Annotated[
        bool, typer.Option("--dev-auth-anywhere", help="Allow --dev-auth on an address other than loopback.")
    ] = False,
    init: Annotated[
        bool, typer.Option("--init", help="Make the file even on fly.io, where its absence means a lost volume.")
    ] = False,
    settings: SetOption = None,
    list_settings: Annotated[
        bool, typer.Option("--list-settings", help="Print every setting with its default, unit and reason, and exit.")
    ] = False,
) -> None:
    """Run an exchange until SIGTERM or SIGINT, then drain and exit 0.

    Prints one line of JSON when it is ready. A second signal hurries the drain; commits are never cut.
    """
    if list_settings:
        print_settings(read_settings(settings))
        raise typer.Exit
    values, environment = read_settings(settings), Environment(writer_thread=WriterThread)
    try:
        authenticator = choose_authenticator(
            values, environment, os.environ, host=host, dev_auth=dev_auth, dev_auth_anywhere=dev_auth_anywhere
        )
        entrance = Entrance(values)
    except SettingError as error:
        raise typer.BadParameter(str(error)) from None
    way_in = WayIn(host, port, authenticator, entrance)
    create = init or FLY_VARIABLE not in os.environ
    raise typer.Exit(run_server(db, way_in, values, environment, create=create))


class WayIn(NamedTuple):
    """Where a server listens, and whom it lets in."""

    host: str
    port: int
    authenticator: Authenticator
    entrance: Entrance


def run_server(db: Path, way_in: WayIn, settings: Settings, environment: Environment, *, create: bool = True) -> int:
    """Serves the file until told to stop; returns the exit code. What an operator can mend is one sentence."""
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    code = 0
    try:
        store = open_store(
            db, now_ns=environment.wall_clock_ns, random_bytes=os.urandom, create=create, settings=settings
        )
    except StoreError as error:
        log.error("cannot start", reason=str(error))
        return 1
    try:
        trio.run(_serve, store, way_in, settings, environment, restrict_keyboard_interrupt_to_checkpoints=True)
    except* (IssuerMisconfigured, StoreError) as wrong:
        log.error("cannot start", reason=_sentence(wrong))
        code = 1
    except* StoreBroken as broken:
        log.critical("stopped; what was acknowledged is in the file", reason=_sentence(broken))
        code = 1
    except* OSError as failure:
        log.error("cannot listen", reason=_sentence(failure), host=way_in.host, port=way_in.port)
        code = 1
    finally:
        with suppress(NoLocalSocket):
            remove_local_socket(local_path(store.path))
        store.close()
    return code


def _sentence(failure: BaseExceptionGroup[BaseException]) -> str:
    first: BaseException = failure
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return str(first)


async def _serve(store: Store, way_in: WayIn, settings: Settings, environment: Environment) -> None:
    shutdown = Shutdown()
    authenticator = way_in.authenticator
    if isinstance(authenticator, IssuerTokens):
        await authenticator.prepare()
    if isinstance(authenticator, NoTokens) and not authenticator.accepts_developers:
        log.info("no tokens are accepted: people enter with invitations and keys; for an issuer set oidc_issuer")
    if authenticator.accepts_developers:
        log.warning("developer sign-in: whoever reaches the port is whoever they say")
    listeners = await trio.open_tcp_listeners(way_in.port, host=way_in.host)
    site = Site.from_settings(settings, loopback=way_in.host in LOOPBACK_HOSTS)
    run = partial(run_exchange, local=_open_local(store), entrance=way_in.entrance)
    async with trio.open_nursery() as nursery:
        await nursery.start(_receive_signals, shutdown)
        async with trio.open_nursery() as exchange:
            await exchange.start(run, store, listeners, authenticator, site, settings, environment, shutdown)
            _announce(listeners[0], way_in.host)
            _calm_collector()
        nursery.cancel_scope.cancel()


def _open_local(store: Store) -> list[trio.SocketListener]:
    """The operator's way in. An exchange without one serves all the same."""
    try:
        return [open_local_listener(local_path(store.path))]
    except NoLocalSocket as missing:
        log.warning("no local socket", reason=str(missing))
        return []


def _calm_collector() -> None:
    """What was loaded is no garbage, and neither are the thousands of recent commits that every collection would visit.

    With the default thresholds collections double the cost of a step.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


async def _receive_signals(
    shutdown: Shutdown, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    with trio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        task_status.started()
        async for number in signals:
            log.info("signal", name=signal.Signals(number).name)
            shutdown.request()


def _announce(listener: trio.SocketListener, host: str) -> None:
    port = listener.socket.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    address = f"{shown}:{port}"
    ready = {"ready": True, "url": f"http://{address}", "websocket": f"ws://{address}/ws", "pid": os.getpid()}
    print(json.dumps(ready), flush=True)
