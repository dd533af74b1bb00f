"""Requests as Prometheus sees them. Children are looked up once, not once a request."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

from backend.recorder import CLIENT_CLOSED_REQUEST, Exchange

STATUSES = (
    *(200, 201, 400, 404, 405, 413, 422, 429),
    CLIENT_CLOSED_REQUEST,
    *(500, 502, 503, 504),
)
"""Exist at 0 from the start: a ratio over a series that is not there yet has no value."""

BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
"""With a boundary at every latency objective."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "OTHER"})

_Child = tuple[Callable[[], None], Callable[[float], None]]


@dataclass(slots=True)
class RequestMetrics:
    registry: CollectorRegistry
    in_flight: int = 0
    _requests: Counter = field(init=False)
    _durations: Histogram = field(init=False)
    _load: Counter = field(init=False)
    _children: dict[tuple[str, str, int], _Child] = field(default_factory=dict)
    _load_children: dict[int, Callable[[], None]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._requests = Counter(
            "http_requests",
            "Requests answered, by route template; probes, metrics and control routes apart.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._durations = Histogram(
            "http_request_duration_seconds",
            "From the request's head to the end of the answer.",
            ("method", "route"),
            buckets=BUCKETS_SECONDS,
            registry=self.registry,
        )
        self._load = Counter(
            "load_requests",
            "Those of them that a load generator marked with X-Ironclad-Run.",
            ("status",),
            registry=self.registry,
        )
        gauge = Gauge("http_requests_in_flight", "Requests at work now.", registry=self.registry)
        gauge.set_function(lambda: self.in_flight)
        for status in STATUSES:
            self._load_child(status)

    def expect(self, endpoints: Iterable[tuple[str, str]]) -> None:
        """Let every status of these (method, route) pairs exist at 0."""
        for method, route in endpoints:
            for status in STATUSES:
                self._child((method, route, status))

    def begin(self) -> None:
        self.in_flight += 1

    def end(self, exchange: Exchange) -> None:
        self.in_flight -= 1
        key = (exchange.method, exchange.route, exchange.status)
        count, observe = self._children.get(key) or self._child(key)
        count()
        observe(exchange.seconds)
        if exchange.run:
            self._load_child(exchange.status)()

    def _child(self, key: tuple[str, str, int]) -> _Child:
        method, route, status = key
        if method not in _METHODS:  # clients may invent any number of them
            return self._child(("OTHER", route, status))
        count = self._requests.labels(method, route, str(status)).inc
        observe = self._durations.labels(method, route).observe
        return self._children.setdefault(key, (count, observe))

    def _load_child(self, status: int) -> Callable[[], None]:
        child = self._load_children.get(status)
        if child is None:
            child = self._load_children[status] = self._load.labels(str(status)).inc
        return child
