"""An experiment as a value: what is broken, under which load, and what it may cost."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from ironclad.domain.experiment.pacer import AnyPacer
from ironclad.domain.faults.catalogue import FaultKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """In the stack's namespace. `url` is how the load reaches it from there, `path` what it gets.

    It has no control routes and no counters that we know: what clients felt is all there is.
    """

    deployment: str
    url: str
    path: str = "/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Exactly one of the three is set: names, a count, or a share of the replicas."""

    names: tuple[str, ...] = ()
    replicas: int | None = None
    share: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault on the timeline; `at` counts from the end of the baseline.

    Of an instant `duration` is how long the platform may take to have its replicas back.
    """

    id: str
    kind: FaultKind
    at: timedelta
    duration: timedelta
    target: Target
    share: float = 1.0
    seed: int = 1
    status: int | None = None
    delay: timedelta | None = None
    jitter: timedelta | None = None
    cores: float | None = None
    size_bytes: int | None = None

    @property
    def ends_at(self) -> timedelta:
        return self.at + self.duration


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Shares of the requests by operation; they add up to 1."""

    write: float = 0.2
    read: float = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """With a `path` every request gets that; else it is the order service's own mix."""

    pacer: AnyPacer
    mix: Mix
    timeout: timedelta
    path: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Phases:
    """How long each phase lasts; the fault phase lasts as long as its faults."""

    baseline: timedelta
    recovery: timedelta
    settle: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """The most that a game day may spend of an objective's whole budget, as a ratio of it."""

    objective: str
    at_most_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAlerts:
    must: tuple[str, ...] = ()
    must_not: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    cost: Cost | None = None
    alerts: ExpectedAlerts = ExpectedAlerts()
    safeguards: tuple[str, ...] = ()
    client_failures_at_most: int | None = None
    targets_as_quick_as_others: bool = False
    as_before: bool = False
    """Whether each replica has to be, after recovery, as it was in its own baseline."""

    def allowed_ratio(self, objective: str) -> float | None:
        """Give what it may cost of that objective's budget; None where nothing is said of it."""
        cost = self.cost
        return cost.at_most_ratio if cost and cost.objective == objective else None


class WhenSilent(StrEnum):
    """What a condition does whose Prometheus, or whose series, says nothing any more."""

    ABORT = "abort"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class AbortCondition:
    """Exactly one limit is set; `sustained` is how long it must be over before the end.

    `over` and `silent` belong to `promql`.
    """

    error_ratio_over: float | None = None
    budget_spent_ratio_over: float | None = None
    latency_p95_over: timedelta | None = None
    promql: str = ""
    over: float = 0.0
    silent: WhenSilent = WhenSilent.ABORT
    sustained: timedelta = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    name: str
    owner: str
    hypothesis: str
    objectives: tuple[str, ...]
    load: Load
    phases: Phases
    faults: tuple[Fault, ...]
    expect: Expectation
    abort_when: tuple[AbortCondition, ...] = ()
    workload: Workload | None = None
    """What is broken instead of the stack's own backend."""
    source: str = field(default="", repr=False, compare=False)
    """The text of its file, kept with the run."""

    @property
    def fault_window(self) -> timedelta:
        """From the end of the baseline until the last fault ends."""
        return max((fault.ends_at for fault in self.faults), default=timedelta())

    @property
    def load_duration(self) -> timedelta:
        return self.phases.baseline + self.fault_window + self.phases.recovery

    @property
    def whole_duration(self) -> timedelta:
        """From the first request until everything is measured."""
        return self.load_duration + self.phases.settle
