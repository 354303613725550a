"""The figures of a demo, for scripts and for people."""

from dataclasses import asdict, dataclass

from exchange.demo.floor import Floor

_TRADES_EXPECTED = 100  # of a run of 20 seconds and more; shorter ones in proportion
_TRADES_EXPECTED_PER_SECOND = 5.0


@dataclass(frozen=True, slots=True)
class Result:
    """What happened. ``orders`` were sent by bots and are either ``acknowledged`` or ``rejected``; ``changes`` are
    amends and cancels. ``verified`` is whether the file is sound and says what the clients were told; ``problems`` are
    sentences, also on what is wrong beside that."""

    seconds: float
    clients: int
    orders: int
    acknowledged: int
    rejected: int
    changes: int
    refusals: dict[str, int]
    trades: int
    latency_p50_ms: float
    latency_p99_ms: float
    verified: bool
    problems: list[str]

    def as_json(self) -> dict[str, object]:
        """The fields, for ``--json``."""
        return asdict(self)

    def sentences(self) -> str:
        """The fields, for people."""
        refused = f"{self.rejected:,} refused" if self.rejected else "none refused"
        text = (
            f"In {self.seconds:.0f} s {self.clients} clients placed {self.orders:,} orders ({refused}), changed"
            f" {self.changes:,} and traded {self.trades:,} times.\n"
        )
        if self.acknowledged:
            text += (
                f"An acknowledgement took {self.latency_p50_ms:.1f} ms in the middle, and at most"
                f" {self.latency_p99_ms:.1f} ms in 99 of 100 cases; each was on disk by then.\n"
            )
        if self.verified:
            text += "Checked after the exchange had ended: its file is sound, and says what every client was told."
        return text


def percentile(values: list[float], share: float) -> float:
    """The smallest value that ``share`` of all do not exceed; 0 for none."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * share), len(ordered) - 1)] if ordered else 0.0


def result_of(floor: Floor, seconds: float, discrepancies: list[str], shortcomings: list[str]) -> Result:
    """Adds up what all clients noted."""
    records = [seat.record for seat in floor.seats]
    latencies = [latency for record in records for latency in record.latencies]
    refusals: dict[str, int] = {}
    for record in records:
        for code, count in record.refusals.items():
            refusals[code] = refusals.get(code, 0) + count
    return Result(
        seconds=round(seconds, 1),
        clients=floor.clients,
        orders=sum(record.orders for record in records),
        acknowledged=sum(len(record.order_ids) for record in records),
        rejected=sum(record.orders_refused for record in records),
        changes=sum(record.changes for record in records),
        refusals=refusals,
        trades=len(floor.tape.trades),
        latency_p50_ms=round(percentile(latencies, 0.5) * 1_000, 3),
        latency_p99_ms=round(percentile(latencies, 0.99) * 1_000, 3),
        verified=not discrepancies,
        problems=discrepancies + shortcomings,
    )


def shortcomings(floor: Floor, seconds: float) -> list[str]:
    """Why a run of so many seconds was no lively market, as sentences."""
    found = [f"{seat.role.name} did not trade" for seat in floor.seats if not seat.record.fills]
    expected = min(_TRADES_EXPECTED, int(seconds * _TRADES_EXPECTED_PER_SECOND))
    trades = len(floor.tape.trades)
    if trades < expected:
        found.append(f"there were {trades} trades, where {expected} are the least to expect in {seconds:g} s")
    return found
