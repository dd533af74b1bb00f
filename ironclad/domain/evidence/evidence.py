"""Everything that a game day saw, raw; a verdict is a function of this and of nothing else."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ironclad.domain.alerting.firing_alerts import AlertSighting
from ironclad.domain.alerting.forecast import AlertForecast
from ironclad.domain.evidence.counters import Series
from ironclad.domain.evidence.journal import Mark, PhaseSpan, Status
from ironclad.domain.evidence.machine import MachineSecond
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.history.past_run import PastRun
from ironclad.domain.load.load import LoadResult
from ironclad.domain.slo.slo import Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplicaCounters:
    """One replica's own word at one moment, read from its own metrics page.

    `counts` are by objective; `load_counts` are the requests of the load generator alone.
    `started_at` is the process's start (epoch seconds): another one means that counters were lost.
    """

    replica: str
    read_at: datetime
    started_at: float
    counts: dict[str, Counts]
    load_counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricsWindow:
    """Raw samples of one objective between two fixed timestamps (epoch seconds), from Prometheus.

    `good` is set where bad events are counted as valid minus good; else `bad` is.
    """

    objective: str
    start: float
    end: float
    valid: tuple[Series, ...]
    bad: tuple[Series, ...] = ()
    good: tuple[Series, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRecord:
    """What became of one planned fault. A time is None when it did not happen.

    `seen` and `hit` are the target replicas' own counts while it was armed; None when no target
    could be asked. `lapsed` tells that a lease ended while the fault was wanted. `overdue` tells
    that the platform lacked replicas when the fault's time was up. `cpu_seconds` were burnt by all
    targets together, `held_bytes` by each at least. `cut` are targets that another fault of the
    same plan ended, and when: the fault was gone with them.
    """

    id: str
    targets: tuple[str, ...]
    armed_at: datetime | None = None
    seen_at: datetime | None = None
    undone_at: datetime | None = None
    lapsed: bool = False
    overdue: bool = False
    seen: int | None = None
    hit: int | None = None
    cpu_seconds: float | None = None
    held_bytes: int | None = None
    cut: Mapping[str, datetime] = field(default_factory=dict)
    problem: str = ""
    refused: tuple[str, ...] = ()
    """Targets that the platform did not let go, as a disruption budget may."""
    undue: str = ""
    """What the platform let through and should have refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteCheck:
    """Acknowledged writes looked up after recovery."""

    acknowledged: int
    lost: int
    duplicated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultFree:
    """When every replica was seen fault-free and ready after the undo; None if never.

    `compared` names what of the platform was found as it was before; empty if not compared.
    """

    confirmed_at: datetime | None
    problem: str = ""
    compared: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    plan: Plan
    status: Status
    status_reason: str
    started_at: datetime
    finished_at: datetime
    marks: tuple[Mark, ...]
    phases: tuple[PhaseSpan, ...]
    load: LoadResult | None = None
    replicas_before: tuple[ReplicaCounters, ...] = ()
    replicas_after: tuple[ReplicaCounters, ...] = ()
    windows: tuple[MetricsWindow, ...] = ()
    remaining_before: dict[str, float | None] = field(default_factory=dict)
    faults: tuple[FaultRecord, ...]
    alerts: tuple[AlertSighting, ...] = ()
    writes: WriteCheck | None = None
    fault_free: FaultFree | None = None
    aborted_by: str = ""
    """`condition`, what else could not go on (`dose`, `lease`, `baseline`, `telemetry`, `guard`),
    or a person's name; empty when nothing aborted it."""
    gaps: Sequence[str] = ()
    """What could not be read, each a sentence."""
    forecasts: tuple[AlertForecast, ...] = ()
    """Which alerts should fire, and when, as predicted right before the first fault."""
    observed: Mapping[str, tuple[Series, ...]] = field(default_factory=dict)
    """Raw samples that safeguards are judged by, by selector."""
    clock_skew_seconds: float | None = None
    """By how much Prometheus' clock was ahead of ours before the load; None if it was not read."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """What it was made with: Ironclad, Python and the libraries that measured."""
    machine: tuple[MachineSecond, ...] = ()
    """How busy the machine was that the stack shares with others; nothing where it has none."""
    earlier: tuple[PastRun, ...] = ()
    """The earlier runs of the same experiment, newest first, as they were known then. The report
    compares with them, and stays the same when there are newer ones."""
