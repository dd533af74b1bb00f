"""Requests as Prometheus sees them: numbers that a request adds to, series once they are read.

The library's own counters take a lock and a few calls for each request. These run in one loop and
cost a request a quarter of that.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import accumulate

from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from backend.telemetry.recorder import CLIENT_CLOSED_REQUEST, Exchange

STATUSES = (
    *(200, 201, 400, 404, 405, 413, 422, 429),
    CLIENT_CLOSED_REQUEST,
    *(500, 502, 503, 504),
)
"""Exist at 0 from the start: a ratio over a series that is not there yet has no value."""

BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""With a boundary at every latency objective."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"})
_BOUNDS = (*map(str, BUCKETS_SECONDS), "+Inf")


@dataclass(slots=True)
class _Durations:
    """`counts` has one number for each bucket alone, and one for what is beyond the last."""

    seconds: float = 0.0
    counts: list[int] = field(default_factory=lambda: [0] * len(_BOUNDS))


@dataclass(slots=True)
class _Answers:
    durations: _Durations
    count: int = 0


@dataclass(slots=True, eq=False)
class RequestMetrics(Collector):
    registry: CollectorRegistry
    in_flight: int = 0
    _answers: dict[tuple[str, str, int], _Answers] = field(default_factory=dict)
    _durations: dict[tuple[str, str], _Durations] = field(default_factory=dict)
    _load: dict[int, int] = field(default_factory=lambda: dict.fromkeys(STATUSES, 0))

    def __post_init__(self) -> None:
        self.registry.register(self)
        gauge = Gauge("http_requests_in_flight", "Requests at work now.", registry=self.registry)
        gauge.set_function(lambda: self.in_flight)

    def expect(self, endpoints: Iterable[tuple[str, str]]) -> None:
        """Let every status of these (method, route) pairs exist at 0."""
        for method, route in endpoints:
            for status in STATUSES:
                self._new((method, route, status))

    def begin(self) -> None:
        self.in_flight += 1

    def end(self, exchange: Exchange) -> None:
        self.in_flight -= 1
        key = (exchange.method, exchange.route, exchange.status)
        answers = self._answers.get(key) or self._new(key)
        answers.count += 1
        durations = answers.durations
        durations.seconds += exchange.seconds
        durations.counts[bisect_left(BUCKETS_SECONDS, exchange.seconds)] += 1
        if exchange.run:
            self._load[exchange.status] = self._load.get(exchange.status, 0) + 1

    def _new(self, key: tuple[str, str, int]) -> _Answers:
        method, route, status = key
        if method not in _METHODS:  # clients may invent any number of them
            other = ("OTHER", route, status)
            return self._answers.get(other) or self._new(other)
        durations = self._durations.setdefault((method, route), _Durations())
        return self._answers.setdefault(key, _Answers(durations))

    def collect(self) -> Iterator[Metric]:
        yield self._requests()
        yield self._histogram()
        load = CounterMetricFamily(
            "load_requests",
            "Those of them that a load generator marked with X-Ironclad-Run.",
            labels=("status",),
        )
        for status, count in self._load.items():
            load.add_metric((str(status),), count)
        yield load

    def _requests(self) -> Metric:
        family = CounterMetricFamily(
            "http_requests",
            "Requests answered, by route template; probes, metrics and control routes apart.",
            labels=("method", "route", "status"),
        )
        for (method, route, status), answers in self._answers.items():
            family.add_metric((method, route, str(status)), answers.count)
        return family

    def _histogram(self) -> Metric:
        family = HistogramMetricFamily(
            "http_request_duration_seconds",
            "From the request's head to the end of the answer.",
            labels=("method", "route"),
        )
        for labels, found in self._durations.items():
            buckets = list(zip(_BOUNDS, accumulate(found.counts), strict=True))
            family.add_metric(labels, buckets, found.seconds)
        return family
