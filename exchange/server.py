"""The tree: every long-lived task of an exchange, nested in the order of their death.

    storage      the writer                              outermost: dies last
    └─ markets   the desk, a task for each market, timers
       └─ clients   a task for each connection
          └─ door   accepts connections, on the port and on the operator's local socket

Metrics have a door of their own beside the timers, so that a drain can be watched.

A drain walks it from the inside out. The door closes; clients are told to come back, no longer read, answered, and
closed with 1012; inboxes close and market tasks end with their last request; the hand-over channel closes and the
writer ends with its last commit. Each level has a deadline behind it; cancellation is the backstop, not the mechanism.
Whatever fails for good leaves through the top and ends the process with a non-zero exit code.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import partial

import structlog
import trio

from exchange import __version__
from exchange.core.commands import SYSTEM, OpenExchange
from exchange.core.rules import decide
from exchange.core.state import Limits
from exchange.environment import Environment
from exchange.net.addresses import FailedSignIns, client_address
from exchange.net.edge import serve_connection
from exchange.net.entrance import Entrance
from exchange.net.http import Request as HttpRequest
from exchange.net.identity import Authenticator
from exchange.net.local import LocalOperator
from exchange.net.page import Page
from exchange.net.port import ConnectionCount, Listener, accept_connections
from exchange.net.site import Site
from exchange.net.socket import Socket
from exchange.net.stream import GuardedStream
from exchange.net.vault import Vault
from exchange.settings import Settings
from exchange.store.database import Store
from exchange.tasks.absences import Absences
from exchange.tasks.admission import Admission
from exchange.tasks.connection import Connection, restart_notice
from exchange.tasks.context import OVERLOADED, Context, counted
from exchange.tasks.copies import make_copies
from exchange.tasks.credentials import watch_credentials, watch_entrance
from exchange.tasks.engine import Decide, Engine
from exchange.tasks.idle import close_idle
from exchange.tasks.markets import MarketTasks
from exchange.tasks.memory import Sessions
from exchange.tasks.metrics import Metrics
from exchange.tasks.plain_http import answer_plain
from exchange.tasks.publisher import Publisher
from exchange.tasks.reading import ReadPool
from exchange.tasks.requests import Request
from exchange.tasks.timers import audit_invariants, begin_anew, pass_time, send_heartbeats, watch_loop
from exchange.tasks.writer import write_commits
from exchange.wire.hello import Server

log = structlog.get_logger(__name__)


class Shutdown:
    """How the world asks an exchange to end: ``request`` begins the drain, ``hurry`` takes its deadlines away."""

    def __init__(self) -> None:
        self.requested = trio.Event()
        self._deadlines: list[trio.CancelScope] = []
        self._hurried = False

    def request(self) -> None:
        """Begins the drain; a second call hurries it. Commits are never cut."""
        if self.requested.is_set():
            self._hurried = True
            for scope in self._deadlines:
                scope.deadline = trio.current_time()
        self.requested.set()

    def set_deadline(self, scope: trio.CancelScope, seconds: float) -> None:
        """Gives a level of the tree that much time to end, or none when in a hurry."""
        scope.deadline = trio.current_time() + (0.0 if self._hurried else seconds)
        self._deadlines.append(scope)


async def run_exchange(
    store: Store,
    listeners: Sequence[Listener],
    authenticator: Authenticator,
    site: Site,
    settings: Settings,
    environment: Environment,
    shutdown: Shutdown,
    *,
    local: Sequence[Listener] = (),
    metrics_listeners: Sequence[Listener] = (),
    decide: Decide = decide,
    entrance: Entrance | None = None,
    page: Page | None = None,
    task_status: trio.TaskStatus[Context] = trio.TASK_STATUS_IGNORED,
) -> None:
    """Serves until ``shutdown`` is requested and everything accepted is durable and answered.

    Whoever comes in by a ``local`` listener is the operator, without a token (:mod:`exchange.net.local`).
    ``store`` is open and stays so. ``metrics_listeners`` serve metrics, to the end of a drain. Raises when the exchange
    cannot go on; what was acknowledged is then in the file.
    """
    context = make_context(store, authenticator, settings, environment, decide, entrance)
    context.page = page
    try:
        async with trio.open_nursery() as storage:
            storage.start_soon(_write, context, store, name="writer")
            async with trio.open_nursery() as markets:
                context.markets.start(markets)
                await _open_history(context)
                await begin_anew(context)
                async with trio.open_nursery() as timers:
                    timers.start_soon(pass_time, context)
                    timers.start_soon(send_heartbeats, context)
                    timers.start_soon(audit_invariants, context)
                    timers.start_soon(watch_credentials, context)
                    timers.start_soon(watch_entrance, context)
                    timers.start_soon(authenticator.run)
                    timers.start_soon(watch_loop, context)
                    timers.start_soon(close_idle, context)
                    if settings.backup_seconds:
                        timers.start_soon(_make_copies, context)
                    if metrics_listeners:
                        timers.start_soon(_serve_metrics, context, metrics_listeners)
                    async with trio.open_nursery() as clients:
                        async with trio.open_nursery() as door:
                            handle = partial(_serve_stream, context, site, authenticator)
                            accept = partial(accept_connections, count=context.count)
                            await door.start(accept, listeners, clients, handle, settings)
                            operate = partial(_serve_stream, context, site, LocalOperator())
                            await door.start(accept_connections, local, clients, operate, settings)
                            task_status.started(context)
                            await shutdown.requested.wait()
                            context.draining = True
                            door.cancel_scope.cancel()
                        _drain_clients(context, clients, shutdown)
                    timers.cancel_scope.cancel()
                context.markets.close()
                shutdown.set_deadline(markets.cancel_scope, settings.drain_market_seconds)
            context.engine.close()
        log.info("drained", sequence=context.publisher.sequence)
    finally:
        context.reads.close()


def make_context(
    store: Store,
    authenticator: Authenticator,
    settings: Settings,
    environment: Environment,
    decide: Decide = decide,
    entrance: Entrance | None = None,
) -> Context:
    """Loads the present and puts together what the tasks share."""
    state = store.load(rule_limits(settings))
    metrics = Metrics(environment.wall_clock_ns())
    engine = Engine(state, environment.wall_clock_ns, settings.commits_waiting, metrics, decide)
    publisher = Publisher(state.sequence, state.time, state.lens, settings)
    reads = ReadPool(store.reader, settings.readers, environment.run_in_thread)
    with store.reader() as reader:
        sessions = Sessions(reader.highest_session_number())
    context = Context(
        settings=settings,
        environment=environment,
        engine=engine,
        publisher=publisher,
        markets=MarketTasks(engine, publisher, reads, settings),
        reads=reads,
        sessions=sessions,
        authenticator=authenticator,
        vault=Vault(store.secret),
        entrance=entrance or Entrance(settings),
        failed_sign_ins=FailedSignIns(settings),
        server=Server(store.exchange_id, __version__, authenticator.accepts_developers),
        catch_ups=trio.Semaphore(settings.catch_ups_at_once),
        absences=Absences(settings.disconnect_grace_seconds),
        metrics=metrics,
        admission=Admission(settings),
        count=ConnectionCount(settings),
        database=store.path,
    )
    engine.on_keys_ended = context.live_keys.end
    return context


def rule_limits(settings: Settings) -> Limits:
    """The settings that the rules look at."""
    return Limits(
        open_orders_per_market=settings.open_orders_per_market,
        fills_per_command=settings.fills_per_command,
        steps_per_batch=settings.steps_per_batch,
        markets_per_user=settings.markets_per_user,
        sub_accounts_per_user=settings.sub_accounts_per_user,
        keys_per_user=settings.keys_per_user,
        starting_cash=settings.starting_cash,
        users_create_markets=settings.users_create_markets,
        self_trade_by_user=settings.self_trade_by_user,
    )


async def _write(context: Context, store: Store) -> None:
    environment = context.environment
    publish = context.publisher.publish
    with environment.writer_thread() if environment.writer_thread else nullcontext(environment.run_in_thread) as thread:
        await write_commits(context.engine, store, publish, context.settings, thread)


async def _open_history(context: Context) -> None:
    """Makes the house when the history is empty."""
    if context.engine.state.house_id == 0:
        await context.engine.take_slot()
        context.engine.execute(Request(OpenExchange(), SYSTEM))
        await context.publisher.wait_published(context.engine.state.sequence)


async def _make_copies(context: Context) -> None:
    environment = context.environment
    clock, threads = environment.wall_clock_ns, environment.run_in_thread
    await make_copies(context.database, context.settings, context.metrics.copies, clock, threads)


async def _serve_metrics(context: Context, listeners: Sequence[Listener]) -> None:
    from exchange.tasks.exposition import MetricsPage  # and with it a library that few starts need

    sockets = [listener.socket for listener in listeners if isinstance(listener, trio.SocketListener)]
    page = MetricsPage(context, Site.inside(socket.getsockname()[0] for socket in sockets))
    async with trio.open_nursery() as readers:
        await accept_connections(listeners, readers, page.serve, context.settings)


async def _serve_stream(context: Context, site: Site, authenticator: Authenticator, stream: GuardedStream) -> None:
    from_loopback = stream.address is None or stream.address.startswith("127.") or stream.address == "::/64"

    async def handle_socket(socket: Socket, request: HttpRequest) -> None:
        context.callers.discard(caller)
        address = client_address(request, stream.address, context.settings)
        with counted(context, address) as fits:
            if fits:
                await Connection(context, socket, authenticator, address=address, from_loopback=from_loopback).run()
            else:
                await socket.close(OVERLOADED, "too many connections from your address")

    with trio.CancelScope() as caller:
        if context.draining:
            return
        context.callers.add(caller)
        try:
            await serve_connection(stream, context.settings, site, partial(answer_plain, context), handle_socket)
        finally:
            context.callers.discard(caller)


def _drain_clients(context: Context, clients: trio.Nursery, shutdown: Shutdown) -> None:
    settings = context.settings
    log.info("draining", connections=len(context.connections))
    # In an order that is the same each time, because each is asked to wait for a time drawn by lot.
    for connection in sorted(context.connections, key=lambda each: (each.actor.user_id, each.session_key or (0, b""))):
        connection.drain(restart_notice(context))
    for caller in list(context.callers):
        caller.cancel()
    # Answers, the last frames, and a Close with its own deadline.
    seconds = settings.drain_answer_seconds + settings.drain_close_seconds + settings.socket_close_seconds
    shutdown.set_deadline(clients.cancel_scope, seconds)
