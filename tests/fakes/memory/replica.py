"""A replica in memory that counts what it answers, and what it forgets."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from backend.chaos.shares import Share
from ironclad.adapters.http.replica_metrics import PageSample
from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.faults.fault import Tally
from ironclad.domain.load.load import Operation
from tests.fakes.stack.replicas import FakeReplica

LATENCY_SECONDS = 0.01
"""From a request to the answer that is counted."""
STATUSES = ("200", "201", "503")
_Labels = tuple[tuple[str, str], ...]


@dataclass
class MemoryReplica(FakeReplica):
    """`orders` are what it has stored, of all writes but each `forgets_each`th."""

    forgets_each: int = 0
    orders: set[str] = field(default_factory=set)
    writes: int = 0
    shares: dict[str, Share] = field(default_factory=dict)
    times: dict[tuple[str, _Labels], list[float]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        for metric, labels in _every_series():
            self.times[metric, labels] = []

    def answer(self, operation: Operation, key: str) -> tuple[int, str]:
        """Give the status, and the ids of the faults that touched it."""
        touched = [fault for fault in self.live().values() if self._hits(fault)]
        if touched:
            status = touched[0].status or 503
        elif operation is Operation.READ:
            status = 200
        else:
            status = 201
            self._store(key)
        self._count(operation, str(status))
        return status, ",".join(fault.id for fault in touched)

    def _hits(self, fault: Fault) -> bool:
        share = self.shares.setdefault(fault.id, Share(fault.share, fault.seed))
        return fault.kind is FaultKind.ERROR and share.applies()

    def _store(self, key: str) -> None:
        self.writes += 1
        if not self.forgets_each or self.writes % self.forgets_each:
            self.orders.add(key)

    def _count(self, operation: Operation, status: str) -> None:
        method = "POST" if operation is Operation.WRITE else "GET"
        for metric, labels in _counted(method, status):
            self.times[metric, labels].append(self.clock.now().timestamp() + LATENCY_SECONDS)

    def tally(self, fault: Fault | None, *, removed: bool) -> Tally:
        share = self.shares.get(fault.id) if fault else None
        return Tally(removed, share.seen if share else 0, share.hit if share else 0)

    def page(self, at: float) -> list[PageSample]:
        return [
            PageSample(metric, dict(labels), bisect_right(times, at))
            for (metric, labels), times in self.times.items()
        ]


def _counted(method: str, status: str) -> Iterator[tuple[str, _Labels]]:
    route = (("method", method), ("route", "/api/orders"))
    yield "http_requests_total", (*route, ("status", status))
    yield "http_request_duration_seconds_count", route
    yield "http_request_duration_seconds_bucket", (*route, ("le", "0.5"))
    yield "load_requests_total", (("status", status),)


def _every_series() -> Iterator[tuple[str, _Labels]]:
    for method in ("GET", "POST"):
        for status in STATUSES:
            yield from _counted(method, status)
