"""The form in which Prometheus reads an exchange: every metric, its name, its unit and what it means.

Everything is computed when it is asked for, in one go on the loop: a few milliseconds with thousands of connections.
Counters begin at zero with the process, but for orders and the sequence, which count over the life of the file.
"""

import platform
import shutil
from collections.abc import Iterable, Iterator, Mapping

import apsw
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, InfoMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from exchange.net.http import Request, Response, serve_http
from exchange.net.site import Site
from exchange.net.stream import GuardedStream
from exchange.tasks.context import Context
from exchange.tasks.metrics import Distribution
from exchange.tasks.plain_http import answer_plain
from exchange.tasks.vitals import file_size, wal_of

PATH = "/metrics"
_NANOSECONDS = 1e9


class ExchangeCollector(Collector):
    """Reads one running exchange."""

    def __init__(self, context: Context) -> None:
        self._context = context

    def collect(self) -> Iterator[Metric]:
        """Every metric, as of now."""
        yield from self._build()
        yield from self._requests()
        yield from self._commits()
        yield from self._connections()
        yield from self._waiting()
        yield from self._world()
        yield from self._health()
        yield from self._copies()
        yield from self._disk()

    def _build(self) -> Iterator[Metric]:
        versions = {
            "version": self._context.server.version,
            "python": platform.python_version(),
            "sqlite": apsw.sqlite_lib_version(),
        }
        yield InfoMetricFamily("exchange_build", "What runs here.", versions)

    def _requests(self) -> Iterator[Metric]:
        metrics = self._context.metrics
        yield _by("exchange_requests", "Requests that arrived, retries included.", "kind", metrics.requests)
        refusals = {code.name.lower(): count for code, count in metrics.refusals.items()}
        yield _by("exchange_refusals", "Requests that were refused.", "code", refusals)
        yield _counter("exchange_sign_ins", "Clients that were let in.", metrics.sign_ins)
        failures = metrics.sign_in_failures
        yield _by("exchange_sign_in_failures", "Clients that were not let in.", "reason", failures)

    def _commits(self) -> Iterator[Metric]:
        metrics = self._context.metrics
        yield _histogram(
            "exchange_commit_seconds", "Time of a transaction, from hand-over to durable.", metrics.commit_seconds
        )
        yield _histogram("exchange_transaction_commits", "Commits in one transaction.", metrics.commits_per_transaction)
        yield _counter("exchange_trades", "Trades made.", metrics.trades)

    def _connections(self) -> Iterator[Metric]:
        context = self._context
        metrics, count = context.metrics, context.count
        yield _gauge("exchange_connections", "Connections of any kind to the public port.", count.total)
        yield _counter("exchange_connections_refused", "Connections beyond the limits, told 503.", count.refused)
        yield _gauge("exchange_clients", "Clients on the live feed.", len(context.publisher.audiences.everybody))
        ended = metrics.connections_ended
        yield _by("exchange_connections_ended", "Client connections that ended, by whose Close.", "code", ended)
        yield _counter(
            "exchange_outbox_overflows", "Clients cut because they read too slowly.", metrics.outbox_overflows
        )

    def _waiting(self) -> Iterator[Metric]:
        context = self._context
        yield _gauge("exchange_commits_waiting", "Commits decided and not yet taken by the writer.",
                     context.engine.handovers_waiting)  # fmt: skip
        inboxes = context.markets.waiting()
        yield _gauge("exchange_inbox_requests", "Requests that wait in all inboxes.", sum(inboxes))
        yield _gauge("exchange_inbox_requests_max", "Requests that wait in the fullest inbox.", max(inboxes))
        outboxes = [connection.outbox.bytes_waiting for connection in context.connections]
        yield _gauge("exchange_outbox_bytes", "Bytes that wait in all outboxes.", sum(outboxes))
        yield _gauge("exchange_outbox_bytes_max", "Bytes that wait in the fullest outbox.", max(outboxes, default=0))
        replies = sum(connection.waiting for connection in context.connections)
        yield _gauge("exchange_replies_waiting", "Requests accepted and not yet answered.", replies)
        yield _gauge("exchange_sign_ins_waiting", "Clients that wait for their turn to sign in.",
                     context.admission.waiting)  # fmt: skip

    def _world(self) -> Iterator[Metric]:
        state, publisher = self._context.engine.state, self._context.publisher
        yield _gauge("exchange_sequence", "The last sequence that is durable and published.", publisher.sequence)
        yield _counter("exchange_orders", "Orders placed over the life of the file.", state.next_order_id - 1)
        resting = sum(len(market.book.orders) for market in state.markets.values())
        yield _gauge("exchange_resting_orders", "Orders that rest in all books.", resting)
        yield _gauge("exchange_markets", "Markets, settled ones included.", len(state.markets))
        yield _gauge("exchange_accounts", "Accounts, the house included.", len(state.accounts))
        yield _gauge("exchange_users", "Users that ever signed in.", len(state.users))

    def _health(self) -> Iterator[Metric]:
        context = self._context
        metrics = context.metrics
        yield _histogram("exchange_loop_lag_seconds", "How late the loop woke a task that slept.", metrics.loop_lag)
        yield _gauge("exchange_draining", "1 while it drains.", int(context.draining))
        yield _counter("exchange_market_failures", "Bugs met while deciding a request.", metrics.market_failures)
        yield _gauge("exchange_markets_unavailable", "Markets being restored after a fault.",
                     len(context.markets.unavailable))  # fmt: skip
        yield _gauge("exchange_invariants_ok", "1: a violation ends the process.", 1)
        yield _counter("exchange_audits", "Times that all invariants were recomputed.", metrics.audits)
        yield _gauge("exchange_last_audit_timestamp_seconds", "When they last were; 0 before the first time.",
                     metrics.audited_at / _NANOSECONDS)  # fmt: skip

    def _copies(self) -> Iterator[Metric]:
        copies = self._context.metrics.copies
        yield _counter("exchange_backups", "Scheduled copies made.", copies.made)
        yield _counter("exchange_backup_failures", "Scheduled copies that failed.", copies.failed)
        yield _gauge("exchange_last_backup_timestamp_seconds", "When the last one was made; 0 for none.",
                     copies.made_at / _NANOSECONDS)  # fmt: skip
        yield _gauge("exchange_last_backup_bytes", "Its size.", copies.bytes)
        yield _gauge("exchange_last_backup_seconds", "How long it took, its check included.", copies.seconds)

    def _disk(self) -> Iterator[Metric]:
        path = self._context.database
        yield _gauge("exchange_database_bytes", "The database file.", file_size(path))
        yield _gauge("exchange_wal_bytes", "Its write-ahead log.", file_size(wal_of(path)))
        usage = shutil.disk_usage(path.parent)
        yield _gauge("exchange_disk_free_bytes", "What is left on the disk it is on.", usage.free)
        yield _gauge("exchange_disk_bytes", "The size of that disk.", usage.total)


class MetricsPage:
    """What the internal port serves: the metrics, and the same health as the public one."""

    def __init__(self, context: Context, site: Site) -> None:
        self._context = context
        self._site = site
        self._registry = CollectorRegistry()
        self._registry.register(ExchangeCollector(context))
        ProcessCollector(registry=self._registry)

    async def serve(self, stream: GuardedStream) -> None:
        """One connection. A WebSocket is none of its business: it ends."""
        await serve_http(stream, self._context.settings, self._site, self.answer)

    def answer(self, request: Request) -> Response:
        """The answer to a GET or HEAD."""
        if request.path == PATH:
            return Response(200, generate_latest(self._registry), (("content-type", CONTENT_TYPE_PLAIN_0_0_4),))
        if request.path == "/":
            return Response.refusal(404, f"The metrics are at {PATH}.")
        return answer_plain(self._context, request)


def _gauge(name: str, meaning: str, value: float) -> Metric:
    return GaugeMetricFamily(name, meaning, value=value)


def _counter(name: str, meaning: str, value: float) -> Metric:
    return CounterMetricFamily(name, meaning, value=value)


def _by(name: str, meaning: str, label: str, counts: Mapping[str, int]) -> Metric:
    family = CounterMetricFamily(name, meaning, labels=[label])
    for key, count in counts.items():
        family.add_metric([key], count)
    return family


def _histogram(name: str, meaning: str, values: Distribution) -> Metric:
    return HistogramMetricFamily(name, meaning, buckets=values.cumulative(), sum_value=values.sum)


def metric_names(context: Context) -> Iterable[str]:
    """The name of every metric of ours, as it appears on the page."""
    for family in ExchangeCollector(context).collect():
        yield family.name + {"counter": "_total", "info": "_info"}.get(family.type, "")
