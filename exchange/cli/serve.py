"""``exchange serve``."""

import gc
import json
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import structlog
import trio
import typer

from exchange.cli.options import SetOption, print_settings, read_settings
from exchange.cli.signals import ENDING, Signals, held_signals
from exchange.cli.watchdog import Watchdog
from exchange.environment import Environment
from exchange.net.identity import DeveloperTokens
from exchange.net.site import Site
from exchange.server import Shutdown, run_exchange
from exchange.settings import Settings
from exchange.store.database import Store, open_store
from exchange.store.errors import StoreBroken, StoreError

log = structlog.get_logger(__name__)

SWITCH_INTERVAL_SECONDS = 0.0005
"""A commit in a worker thread asks for the interpreter lock again and again; with the default of 5 ms each time, a busy
loop thread turns half a millisecond into hundreds."""

COLLECTOR_THRESHOLDS = (100_000, 50, 1_000)
"""New objects before a collection of the youngest, and how many of those before one of the older and the oldest."""

PRODUCTION = frozenset({"EXCHANGE_PRODUCTION", "FLY_APP_NAME"})
"""Variables of the environment that say, by being there, that the file is expected to be there too."""

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "::1", "localhost"})


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
    if not dev_auth:
        raise typer.BadParameter("no way to sign in: pass --dev-auth for developer tokens on this machine")
    if host not in LOOPBACK_HOSTS and not dev_auth_anywhere:
        raise typer.BadParameter("developer tokens let anybody in: to open them to the network add --dev-auth-anywhere")
    create = init or not PRODUCTION & os.environ.keys()
    metrics = None if metrics_port is None else (metrics_host, metrics_port)
    raise typer.Exit(run_server(db, host, port, read_settings(settings), create=create, metrics=metrics))


def run_server(
    db: Path, host: str, port: int, settings: Settings, *, create: bool = True, metrics: tuple[str, int] | None = None
) -> int:
    """Serves the file until told to stop; returns the exit code. What an operator can mend is one sentence.

    ``metrics`` is the address to serve those on.
    """
    sys.setswitchinterval(SWITCH_INTERVAL_SECONDS)
    with held_signals() as signals:
        return _open_and_serve(db, host, port, settings, create=create, metrics=metrics, signals=signals)


def _open_and_serve(
    db: Path,
    host: str,
    port: int,
    settings: Settings,
    *,
    create: bool,
    metrics: tuple[str, int] | None,
    signals: Signals,
) -> int:
    watchdog = Watchdog(settings.watchdog_seconds)
    environment = Environment(feed_watchdog=watchdog.feed)
    code = 0
    try:
        store = open_store(
            db, now_ns=environment.wall_clock_ns, random_bytes=os.urandom, create=create, settings=settings
        )
    except StoreError as error:
        log.error("cannot start", reason=str(error))
        return 1
    try:
        run = partial(trio.run, restrict_keyboard_interrupt_to_checkpoints=True)
        run(_serve, store, host, port, metrics, settings, environment, signals, watchdog)
    except* StoreBroken as broken:
        log.critical("stopped; what was acknowledged is in the file", reason=_sentence(broken))
        code = 1
    except* OSError as failure:
        log.error("cannot listen", reason=_sentence(failure), host=host, port=port)
        code = 1
    finally:
        watchdog.chain()
        store.close()
    return code


def _sentence(failure: BaseExceptionGroup[BaseException]) -> str:
    first: BaseException = failure
    while isinstance(first, BaseExceptionGroup):
        first = first.exceptions[0]
    return str(first)


async def _serve(
    store: Store,
    host: str,
    port: int,
    metrics: tuple[str, int] | None,
    settings: Settings,
    environment: Environment,
    signals: Signals,
    watchdog: Watchdog,
) -> None:
    shutdown = Shutdown()
    async with trio.open_nursery() as nursery:
        await nursery.start(_receive_signals, shutdown, watchdog)
        for _ in range(signals.count):
            shutdown.request()
        listeners = await trio.open_tcp_listeners(port, host=host)
        metrics_listeners = await trio.open_tcp_listeners(metrics[1], host=metrics[0]) if metrics else []
        site = Site.from_settings(settings, loopback=host in LOOPBACK_HOSTS)
        run = partial(run_exchange, metrics_listeners=metrics_listeners)
        async with trio.open_nursery() as exchange:
            await exchange.start(run, store, listeners, DeveloperTokens(), site, settings, environment, shutdown)
            _announce(listeners[0], host, metrics_listeners)
            _calm_collector()
        nursery.cancel_scope.cancel()


def _calm_collector() -> None:
    """What was loaded is no garbage, and neither are the thousands of recent commits that every collection would visit.

    With the default thresholds collections double the cost of a step.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECTOR_THRESHOLDS)


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
