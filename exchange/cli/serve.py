"""``exchange serve``."""

import gc
import json
import os
import signal
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Annotated, NamedTuple
from urllib.parse import urlsplit

import structlog
import trio
import typer

import exchange
from exchange.cli.options import SetOption, print_settings, read_settings
from exchange.cli.signals import ENDING, Signals, held_signals
from exchange.cli.watchdog import Watchdog
from exchange.cli.who_signs_in import LOOPBACK_HOSTS, PRODUCTION, choose_authenticator
from exchange.environment import Environment, WriterThread
from exchange.net.entrance import Entrance
from exchange.net.identity import Authenticator, NoTokens
from exchange.net.local import NoLocalSocket, local_path, open_local_listener, remove_local_socket
from exchange.net.oidc.discovery import IssuerMisconfigured
from exchange.net.oidc.tokens import IssuerTokens
from exchange.net.page import Page, PageTooBig
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
        bool,
        typer.Option(
            "--init",
            envvar="EXCHANGE_INIT",
            help="Make the file even in production, where it should be there.",
        ),
    ] = False,
    metrics_port: Annotated[
        int | None,
        typer.Option(help="Serve metrics on this port, which must not be public; 0 takes a free one."),
    ] = None,
    metrics_host: Annotated[str, typer.Option(help="The address to serve metrics on.")] = "127.0.0.1",
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
    values = read_settings(settings)
    try:
        authenticator = choose_authenticator(
            values, time.time_ns, os.environ, host=host, dev_auth=dev_auth, dev_auth_anywhere=dev_auth_anywhere
        )
        entrance = Entrance(values)
    except SettingError as error:
        raise typer.BadParameter(str(error)) from None
    metrics = None if metrics_port is None else (metrics_host, metrics_port)
    way_in = WayIn(host, port, metrics, authenticator, entrance)
    create = init or not PRODUCTION & os.environ.keys()
    raise typer.Exit(run_server(db, way_in, values, create=create))


class WayIn(NamedTuple):
    """Where a server listens, and whom it lets in. ``metrics`` is the address to serve those on."""

    host: str
    port: int
    metrics: tuple[str, int] | None
    authenticator: Authenticator
    entrance: Entrance


def run_server(db: Path, way_in: WayIn, settings: Settings, *, create: bool = True) -> int:
    """Serves the file until told to stop; returns the exit code. What an operator can mend is one sentence."""
    gc.disable()  # until the present is loaded
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    with held_signals() as signals:
        return _open_and_serve(db, way_in, settings, create=create, signals=signals)


def _open_and_serve(db: Path, way_in: WayIn, settings: Settings, *, create: bool, signals: Signals) -> int:
    watchdog = Watchdog(settings.watchdog_seconds)
    environment = Environment(feed_watchdog=watchdog.feed, writer_thread=WriterThread)
    code = 0
    try:
        store = open_store(
            db, now_ns=environment.wall_clock_ns, random_bytes=os.urandom, create=create, settings=settings
        )
    except StoreError as error:
        log.error("cannot start", reason=str(error))
        return 1
    try:
        page = _load_page(settings, way_in.authenticator)
        run = partial(trio.run, restrict_keyboard_interrupt_to_checkpoints=True)
        run(_serve, store, way_in, settings, environment, signals, watchdog, page)
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
        watchdog.chain()
        with suppress(NoLocalSocket):
            remove_local_socket(local_path(store.path))
        store.close()
    return code


def _sentence(failure: BaseExceptionGroup[BaseException]) -> str:
    first: BaseException = failure
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return str(first)


def _load_page(settings: Settings, authenticator: Authenticator) -> Page | None:
    """The built page, if there is one: an exchange without still serves bots, and tells browsers how to build it."""
    folder = Path(exchange.__file__).parent / "page"
    issuer = authenticator.issuer
    connect = [] if issuer is None else ["{0.scheme}://{0.netloc}".format(urlsplit(issuer.url))]
    try:
        page = Page.load(folder, settings.page_bytes, connect)
    except (PageTooBig, OSError) as failure:
        log.error("the page cannot be served", reason=str(failure))
        return None
    if page is None:
        log.warning("there is no page", folder=str(folder))
    return page


async def _serve(
    store: Store,
    way_in: WayIn,
    settings: Settings,
    environment: Environment,
    signals: Signals,
    watchdog: Watchdog,
    page: Page | None,
) -> None:
    shutdown = Shutdown()
    async with trio.open_nursery() as nursery:
        await nursery.start(_receive_signals, shutdown, watchdog)
        for _ in range(signals.count):
            shutdown.request()
        authenticator = way_in.authenticator
        await _prepare(authenticator)
        listeners = await trio.open_tcp_listeners(way_in.port, host=way_in.host)
        metrics_listeners = await _listen_for_metrics(way_in)
        site = Site.from_settings(settings, loopback=way_in.host in LOOPBACK_HOSTS)
        local = _open_local(store)
        run = partial(
            run_exchange, local=local, metrics_listeners=metrics_listeners, entrance=way_in.entrance, page=page
        )
        async with trio.open_nursery() as running:
            await running.start(run, store, listeners, authenticator, site, settings, environment, shutdown)
            _calm_collector()
            _announce(listeners[0], way_in.host, metrics_listeners)
        nursery.cancel_scope.cancel()


async def _prepare(authenticator: Authenticator) -> None:
    if isinstance(authenticator, IssuerTokens):
        await authenticator.prepare()
    if isinstance(authenticator, NoTokens) and not authenticator.accepts_developers:
        log.info("no tokens are accepted: people enter with invitations and keys; for an issuer set oidc_issuer")
    if authenticator.accepts_developers:
        log.warning("developer sign-in: whoever reaches the port is whoever they say")


async def _listen_for_metrics(way_in: WayIn) -> list[trio.SocketListener]:
    if way_in.metrics is None:
        return []
    host, port = way_in.metrics
    return await trio.open_tcp_listeners(port, host=host)


def _open_local(store: Store) -> list[trio.SocketListener]:
    """The operator's way in. An exchange without one serves all the same."""
    try:
        return [open_local_listener(local_path(store.path))]
    except NoLocalSocket as missing:
        log.warning("no local socket", reason=str(missing))
        return []


def _calm_collector() -> None:
    """What was loaded is no garbage, and neither are the thousands of recent commits that every collection would visit.

    With the default thresholds collections double the cost of a step. A collection before the freeze would look at
    every order, a tenth of a start, for what little the imports left behind.
    """
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)
    gc.enable()


async def _receive_signals(
    shutdown: Shutdown, watchdog: Watchdog, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED
) -> None:
    with trio.open_signal_receiver(*ENDING, signal.SIGTSTP) as signals:
        task_status.started()
        async for number in signals:
            log.info("signal", name=signal.Signals(number).name)
            if number == signal.SIGTSTP:
                watchdog.sleep_with_process()
            else:
                shutdown.request()


def _announce(listener: trio.SocketListener, host: str, metrics_listeners: Sequence[trio.SocketListener]) -> None:
    port = listener.socket.getsockname()[1]
    shown = f"[{host}]" if ":" in host else host
    address = f"{shown}:{port}"
    ready = {"ready": True, "url": f"http://{address}", "websocket": f"ws://{address}/ws", "pid": os.getpid()}
    if metrics_listeners:
        ready["metrics_port"] = metrics_listeners[0].socket.getsockname()[1]
    print(json.dumps(ready), flush=True)
