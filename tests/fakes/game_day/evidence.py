"""Evidence of a game day that never was: one small simulation, from which every source is read.

`sound_evidence()` is the shipped error burst gone well, and UPHELD. `evidence_of(Scenario(…))`
lets things go otherwise in the service; to damage what was *seen*, use `dataclasses.replace`.
"""

import math
import random
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property, partial

from ironclad.adapters.experiments.reader import load_experiment
from ironclad.domain.alerting.firing_alerts import AlertSighting
from ironclad.domain.evidence.attempt_stats import acknowledged_writes
from ironclad.domain.evidence.counters import Sample, Series
from ironclad.domain.evidence.evidence import (
    Evidence,
    FaultFree,
    FaultRecord,
    MetricsWindow,
    ReplicaCounters,
    WriteCheck,
)
from ironclad.domain.evidence.journal import Mark, PhaseName, PhaseSpan, Status
from ironclad.domain.experiment.experiment import Experiment, Fault
from ironclad.domain.experiment.pacer import Constant
from ironclad.domain.experiment.plan import Plan, PlannedFault
from ironclad.domain.experiment.prediction import predict
from ironclad.domain.experiment.targets import resolve
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.judging.as_before.figures import SELECTORS
from ironclad.domain.load.load import Attempt, LoadResult, Operation
from ironclad.domain.slo.slo import Counts, Indicator, Objective
from ironclad.domain.stack.stack import Endpoints, Replica, StackRef
from tests.fakes.game_day import figures
from tests.places import GAME_DAYS

RUN = "20261123T100000Z-error-burst-00ff"
BEGAN = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LOAD_BEGAN = BEGAN + timedelta(seconds=3)
REPLICAS = tuple(Replica(f"orders-{n}", f"http://127.0.0.1:300{n}") for n in (1, 2, 3))
SLACK = timedelta(seconds=3)

AVAILABILITY = Objective(
    name="orders-availability",
    target=0.999,
    period=timedelta(days=30),
    declared_requests=259_200_000,
    indicator=Indicator(valid="http_requests_total", bad='http_requests_total{status=~"5.."}'),
)
LATENCY = Objective(
    name="orders-latency",
    target=0.95,
    period=timedelta(days=30),
    declared_requests=259_200_000,
    indicator=Indicator(valid="…_count", good='…_bucket{le="0.5"}'),
    latency_threshold=timedelta(milliseconds=500),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """What goes on in the service. Times are seconds since the load began."""

    rate: float = 100.0
    target: float = 0.999
    kind: FaultKind = FaultKind.ERROR
    delay_seconds: float | None = None
    share: float = 0.2
    really_share: float | None = None
    others_every_seconds: float | None = None
    restart_at: float | None = None
    ended: bool = False
    """The first replica ends by `kind` instead of failing a share, for `away_seconds`."""
    away_seconds: float = 1.2
    heir: str = ""
    """The name under which the ended one comes back; its own if empty."""
    balancer_errors_at: tuple[float, ...] = ()
    timeouts_at: tuple[float, ...] = ()
    failing: tuple[float, float, float] | None = None
    """From, until, and the share of the requests to every replica that fail in between."""
    hidden_by: str | None = None
    """The fault's failures leave as successes; with this error, or right where it is empty."""
    wrong_at: tuple[float, ...] = ()
    """When a read is answered with another order."""
    histogram_lies: bool = False
    """Replicas take the duration before the answer is made."""
    slow_after: float | None = None
    """From here on every answer takes a second longer."""
    left_behind: figures.LeftBehind = figures.NOTHING
    must: tuple[str, ...] = ()
    fires_at: float | None = None
    at_most_ratio: float = 0.002


@dataclass(frozen=True, slots=True)
class Request:
    """One request as the service saw it."""

    at: float
    replica: str
    status: int
    seconds: float
    is_load: bool


def sound_evidence() -> Evidence:
    return evidence_of(Scenario())


@cache
def evidence_of(scenario: Scenario) -> Evidence:
    return _Simulation(scenario).evidence()


class _Simulation:
    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.random = random.Random(7)  # noqa: S311
        self.experiment = _experiment(scenario)
        self.fault = self.experiment.faults[0]
        self.armed = self.experiment.phases.baseline.total_seconds() + 0.05
        self.undone = self.armed + self.fault.duration.total_seconds() + 0.02
        if scenario.ended:
            self.undone = self.armed + scenario.away_seconds
        self.fault_ends = self.armed + self.fault.duration.total_seconds() + 0.02
        self.length = (self.experiment.load_duration + SLACK).total_seconds()
        self.seen = self.hit = 0
        self.requests: list[Request] = []

    @cached_property
    def objectives(self) -> tuple[Objective, ...]:
        return replace(AVAILABILITY, target=self.scenario.target), LATENCY

    @cached_property
    def attempts(self) -> tuple[Attempt, ...]:
        offered = self.experiment.load.pacer.hits_before(self.length)
        return tuple(self._attempt(number) for number in range(offered))

    def _attempt(self, number: int) -> Attempt:
        due = number / self.scenario.rate
        replica = self._balanced(number, due)
        is_write = self.random.random() < self.experiment.load.mix.write
        status, seconds, fault = self._answer(due, replica, is_write=is_write)
        row = Attempt(
            number=number,
            operation=Operation.WRITE if is_write else Operation.READ,
            intended_at=_epoch(due),
            sent_at=_epoch(due + 0.0004),
            latency_seconds=round(seconds + 0.0006, 6),
            status=status,
            error=(self.scenario.hidden_by or "") if fault else "",
            replica=replica,
            fault=fault,
            order_id=f"order-{number}" if status == 201 else "",
            idempotency_key=f"{RUN}-{number}" if is_write else "",
        )
        return self._on_the_way(row, due)

    def _balanced(self, number: int, due: float) -> str:
        """Give everyone a third, but for a replica that is away; what it has in flight dies."""
        chosen = REPLICAS[number % 3].name
        if not self.scenario.ended or chosen != REPLICAS[0].name or due < self.armed:
            return chosen
        if due < self.undone:
            return REPLICAS[1 + number % 2].name
        return self.scenario.heir or chosen

    def _answer(self, due: float, replica: str, *, is_write: bool) -> tuple[int, float, str]:
        status, seconds, fault = (201 if is_write else 200), 0.004, ""
        seconds += self.random.expovariate(1 / 0.003)
        is_armed = self.armed <= due < self.undone and not self.scenario.ended
        if replica == REPLICAS[0].name and is_armed and self._applies():
            fault = self.fault.id
            seconds += self.scenario.delay_seconds or 0.0
            is_success = self.scenario.delay_seconds or self.scenario.hidden_by is not None
            status = status if is_success else 503
        if self._fails(due):
            status = 500
        if self.scenario.slow_after is not None and due >= self.scenario.slow_after:
            seconds += 1.0
        if replica == REPLICAS[0].name and due >= self.undone:
            seconds += self.scenario.left_behind.slower_seconds
        counted = 0.004 if self.scenario.histogram_lies else seconds
        self.requests.append(Request(due, replica, status, counted, is_load=True))
        return status, seconds, fault

    def _on_the_way(self, row: Attempt, due: float) -> Attempt:
        """What the balancer answered itself never reached a replica; what timed out did."""
        if any(abs(due - at) < 0.5 / self.scenario.rate for at in self.scenario.balancer_errors_at):
            self.requests.pop()
            return replace(row, status=502, replica="", fault="", order_id="")
        if any(abs(due - at) < 0.5 / self.scenario.rate for at in self.scenario.timeouts_at):
            row = replace(row, status=None, error="timeout", latency_seconds=2.0)
            return replace(row, replica="", fault="", order_id="")
        if any(abs(due - at) < 0.5 / self.scenario.rate for at in self.scenario.wrong_at):
            return replace(row, error="wrong_answer/foreign", order_id="")
        return row

    def _applies(self) -> bool:
        share = self.scenario.really_share
        share = self.scenario.share if share is None else share
        self.seen += 1
        applies = self.hit < self.seen * share
        self.hit += applies
        return applies

    def _fails(self, due: float) -> bool:
        if self.scenario.failing is None:
            return False
        start, end, share = self.scenario.failing
        return start <= due < end and self.random.random() < share

    def others(self) -> Iterator[Request]:
        every, due = self.scenario.others_every_seconds, -2.0
        while every is not None and due < self.length + 8:
            yield Request(due, REPLICAS[int(due * 10) % 3].name, 200, 0.004, is_load=False)
            due += every

    def evidence(self) -> Evidence:
        attempts = self.attempts
        traffic = sorted([*self.requests, *self.others()], key=lambda request: request.at)
        stand = _Counters(traffic, self.lives(), self.objectives)
        plan = self.plan()
        baseline, fault, recovery = self.spans()
        undone, confirmed = _time(self.undone), _time(max(self.undone, self.fault_ends) + 0.3)
        return Evidence(
            plan=plan,
            status=Status.COMPLETED,
            status_reason="",
            started_at=BEGAN,
            finished_at=_time(self.length + 8),
            marks=self.marks(),
            phases=(baseline, fault, recovery),
            load=self.load(attempts),
            replicas_before=stand.readings(-1.0),
            replicas_after=stand.readings(self.length + 6),
            windows=tuple(
                stand.window(objective, -2.0, self.length + 6.5) for objective in self.objectives
            ),
            remaining_before={AVAILABILITY.name: 0.98, LATENCY.name: 1.0},
            faults=(
                FaultRecord(
                    id=self.fault.id,
                    targets=(REPLICAS[0].name,),
                    armed_at=_time(self.armed),
                    seen_at=_time(self.armed + 1),
                    undone_at=undone,
                    seen=None if self.scenario.ended else self.seen,
                    hit=None if self.scenario.ended else self.hit,
                ),
            ),
            alerts=self.alerts(),
            writes=WriteCheck(
                acknowledged=len(acknowledged_writes(attempts)), lost=0, duplicated=0
            ),
            fault_free=FaultFree(confirmed_at=confirmed),
            observed=figures.watching(stand.times(), _epoch)
            | {
                selector: stand.scraped(selector, self.scenario.left_behind, self.undone)
                for selector in SELECTORS
            },
        )

    def lives(self) -> "_Lives":
        """Say who restarts, who goes for good and who comes, each with its time."""
        scenario, first = self.scenario, REPLICAS[0].name
        restarts = {} if scenario.restart_at is None else {REPLICAS[1].name: scenario.restart_at}
        if not scenario.ended:
            return _Lives(restarts)
        if not scenario.heir:
            return _Lives({**restarts, first: self.armed})
        return _Lives(restarts, gone={first: self.armed}, born={scenario.heir: self.armed + 0.5})

    def plan(self) -> Plan:
        targets = resolve(self.fault.target, REPLICAS)
        planned = (PlannedFault(fault=self.fault, targets=targets),)
        return Plan(
            run=RUN,
            stack=StackRef(),
            experiment=self.experiment,
            objectives=self.objectives,
            replicas=REPLICAS,
            faults=planned,
            endpoints=Endpoints(
                service="http://127.0.0.1:8080", prometheus="http://127.0.0.1:9090"
            ),
            predictions=predict(self.experiment, self.objectives, planned, REPLICAS),
            scrape_interval=timedelta(seconds=1),
            who="alex",
            why="the first day",
            planned_at=BEGAN - timedelta(seconds=1),
        )

    def spans(self) -> tuple[PhaseSpan, PhaseSpan, PhaseSpan]:
        end = self.fault_ends + self.experiment.phases.recovery.total_seconds()
        return (
            PhaseSpan(PhaseName.BASELINE, _time(0.0), _time(self.armed - 0.02)),
            PhaseSpan(PhaseName.FAULT, _time(self.armed - 0.02), _time(self.fault_ends)),
            PhaseSpan(PhaseName.RECOVERY, _time(self.fault_ends), _time(end)),
        )

    def marks(self) -> tuple[Mark, ...]:
        marks = [
            (-1.0, "every source was read before the load", "ironclad"),
            (0.0, "the load began", "ironclad"),
            (0.0, "baseline began", "ironclad"),
            (self.armed - 0.02, "fault began", "ironclad"),
            (self.armed, f"{self.fault.id} armed on orders-1", "ironclad"),
            (self.armed + 1, f"{self.fault.id} seen to work", "client"),
            (self.undone, f"{self.fault.id} undone everywhere", "ironclad"),
            (self.fault_ends, "recovery began", "ironclad"),
            (self.fault_ends + 0.3, "every replica is fault-free and ready", "replica"),
            (self.length, "the load ended", "client"),
            (self.length + 7, "every source was read after the load", "ironclad"),
        ]
        return tuple(Mark(_time(at), text, source) for at, text, source in marks)

    def load(self, attempts: tuple[Attempt, ...]) -> LoadResult:
        return LoadResult(
            attempts=attempts,
            started_at=_time(0.0),
            ended_at=_time(self.length),
            offered=len(attempts),
            dropped=0,
            unsent=0,
            lateness_p99_seconds=0.001,
            complete=True,
        )

    def alerts(self) -> tuple[AlertSighting, ...]:
        fires = None if self.scenario.fires_at is None else _time(self.scenario.fires_at)
        delivered = fires and fires + timedelta(seconds=1.5)
        must = tuple(
            AlertSighting(
                name=name,
                known=True,
                firing_at_baseline=False,
                pending_at=fires and fires - timedelta(seconds=5),
                firing_at=fires,
                delivered_at=delivered,
            )
            for name in self.scenario.must
        )
        silent = AlertSighting(name="BackendDown", known=True, firing_at_baseline=False)
        return (*must, silent)


@dataclass(frozen=True, slots=True)
class _Lives:
    """Times by replica; one without times lives from before the run until after it."""

    restarts: dict[str, float] = field(default_factory=dict)
    gone: dict[str, float] = field(default_factory=dict)
    born: dict[str, float] = field(default_factory=dict)

    def has(self, replica: str, at: float) -> bool:
        return self.born.get(replica, -math.inf) <= at < self.gone.get(replica, math.inf)

    def started(self, replica: str, at: float) -> float:
        restart = self.restarts.get(replica, math.inf)
        return restart if restart <= at else self.born.get(replica, -600.0)


class _Counters:
    """What each replica and Prometheus would say at any time; 0 again after a restart."""

    def __init__(
        self, traffic: list[Request], lives: _Lives, objectives: Iterable[Objective]
    ) -> None:
        self.lives = lives
        self.objectives = tuple(objectives)
        self.last = max((request.at for request in traffic), default=0.0)
        self.names = (*(replica.name for replica in REPLICAS), *lives.born)
        self.by_replica = {
            name: [request for request in traffic if request.replica == name] for name in self.names
        }
        self.kept: dict[tuple[str, str], list[float]] = {}

    def _times(self, replica: str, kind: str) -> list[float]:
        """Give when requests of a kind were counted: at the end of each."""
        key = (replica, kind)
        if key not in self.kept:
            chosen = (r for r in self.by_replica[replica] if _is(r, kind))
            self.kept[key] = sorted(request.at + request.seconds for request in chosen)
        return self.kept[key]

    def count(self, replica: str, kind: str, at: float) -> int:
        times = self._times(replica, kind)
        return bisect_right(times, at) - bisect_right(times, self.lives.started(replica, at))

    def readings(self, at: float) -> tuple[ReplicaCounters, ...]:
        return tuple(self._reading(name, at) for name in self.names if self.lives.has(name, at))

    def _reading(self, replica: str, at: float) -> ReplicaCounters:
        def counts(valid: str, bad: str) -> Counts:
            return Counts(self.count(replica, valid, at), self.count(replica, bad, at))

        return ReplicaCounters(
            replica=replica,
            read_at=_time(at),
            started_at=_epoch(self.lives.started(replica, at)),
            counts={AVAILABILITY.name: counts("all", "bad"), LATENCY.name: counts("all", "slow")},
            load_counts=counts("load", "load bad"),
        )

    def window(self, objective: Objective, start: float, end: float) -> MetricsWindow:
        is_latency = objective.latency_threshold is not None
        return MetricsWindow(
            objective=objective.name,
            start=_epoch(start),
            end=_epoch(end),
            valid=self._series("all", start, end),
            bad=() if is_latency else self._series("bad", start, end),
            good=self._series("fast", start, end) if is_latency else None,
        )

    def _series(self, kind: str, start: float, end: float) -> tuple[Series, ...]:
        return tuple(
            Series(
                labels=(("pod", name), ("series", kind)),
                samples=tuple(
                    Sample(_epoch(at), float(self.count(name, kind, at)))
                    for at in _scrapes(start, end, 0.1 * index)
                    if self.lives.has(name, at)
                ),
            )
            for index, name in enumerate(self.names)
        )

    def scraped(self, selector: str, left: figures.LeftBehind, undone: float) -> tuple[Series, ...]:
        return tuple(
            figures.series(self._figures_of(index, left, undone), selector, _epoch)
            for index in range(len(self.names))
        )

    def times(self) -> tuple[float, ...]:
        return tuple(_scrapes(-2.0, self.last + 6.0, 0.3))

    def _figures_of(self, index: int, left: figures.LeftBehind, undone: float) -> figures.Replica:
        name = self.names[index]
        times = (at for at in _scrapes(-2.0, self.last, 0.1 * index) if self.lives.has(name, at))
        return figures.Replica(
            name=name,
            times=tuple(times),
            served=partial(self.count, name, "all"),
            left=figures.NOTHING if index else left,
            undone=undone,
        )


def _scrapes(start: float, end: float, offset: float) -> Iterator[float]:
    at = start + 0.05 + offset
    while at <= end:
        yield at
        at += 1.0


def _is(request: Request, kind: str) -> bool:
    match kind:
        case "all":
            return True
        case "bad":
            return request.status >= 500
        case "slow":
            return request.seconds > 0.5
        case "fast":
            return request.seconds <= 0.5
        case "load":
            return request.is_load
    return request.is_load and request.status >= 500


def _experiment(scenario: Scenario) -> Experiment:
    shipped = load_experiment(GAME_DAYS / "error-burst.yaml")
    cost, alerts = shipped.expect.cost, shipped.expect.alerts
    return replace(
        shipped,
        load=replace(shipped.load, pacer=Constant(scenario.rate)),
        faults=(_fault(shipped.faults[0], scenario),),
        expect=replace(
            shipped.expect,
            cost=cost and replace(cost, at_most_ratio=scenario.at_most_ratio),
            alerts=replace(alerts, must=scenario.must),
        ),
    )


def _fault(shipped: Fault, scenario: Scenario) -> Fault:
    if scenario.ended:
        within = timedelta(seconds=30)
        return replace(shipped, kind=scenario.kind, duration=within, share=1.0, status=None)
    if scenario.delay_seconds is None:
        return replace(shipped, kind=scenario.kind, share=scenario.share)
    delay = timedelta(seconds=scenario.delay_seconds)
    return replace(shipped, kind=FaultKind.LATENCY, status=None, delay=delay, share=scenario.share)


def _time(seconds: float) -> datetime:
    return LOAD_BEGAN + timedelta(seconds=seconds)


def _epoch(seconds: float) -> float:
    return round(LOAD_BEGAN.timestamp() + seconds, 6)
