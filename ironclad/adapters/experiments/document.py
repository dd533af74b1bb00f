"""The experiment file as people write it: names, units and bounds; its JSON Schema comes from here.

What spans several fields is checked in `_experiment_checks`, where each finding has its place.
"""

import re
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    WithJsonSchema,
)

from ironclad.domain.experiment.experiment import WhenSilent
from ironclad.domain.experiment.safeguards import EXPECTED, SafeguardName
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.text.durations import parse_duration

LONGEST = timedelta(hours=24)
FASTEST_PER_SECOND = 100_000.0
STATUSES = FaultKind.ERROR.spec.parameter("status").choices
_CORE_BOUNDS = FaultKind.CPU_BURN.spec.parameter("cores")
_SIZE_BOUNDS = FaultKind.MEMORY_PRESSURE.spec.parameter("size_bytes")

_RATE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)/(s|m|h)")
_PER = {"s": 1, "m": 60, "h": 3600}
_DURATION_SCHEMA = {"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$"}
_SIZE = re.compile(r"([0-9]{1,9})(Mi|Gi)B?")
_PER_UNIT = {"Mi": 1 << 20, "Gi": 1 << 30}
_SIZE_SCHEMA = {"type": "string", "pattern": r"^[0-9]{1,9}(Mi|Gi)B?$"}
_RATE_SCHEMA = {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,6})?/(s|m|h)$"}


def _duration(value: object) -> timedelta:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} has no unit; write for example 300ms, 45s or 5m")  # noqa: TRY004
    try:
        duration = parse_duration(value)
    except OverflowError:
        duration = timedelta.max
    if duration > LONGEST:
        raise ValueError(f"{value[:40]!r} is longer than 24h")
    return duration


def _longer_than_nothing(duration: timedelta) -> timedelta:
    if not duration:
        raise ValueError("must be longer than 0s")
    return duration


def _rate(value: object) -> float:
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    rate = float(match[1]) / _PER[match[2]] if match else 0.0
    if not 0 < rate <= FASTEST_PER_SECOND:
        shown = repr(value)[:40]
        raise ValueError(f"{shown} is not a rate; write for example 100/s or 6000/m")
    return rate


def _size(value: object) -> int:
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    size = int(match[1]) * _PER_UNIT[match[2]] if match else 0
    if not 0 < size <= _SIZE_BOUNDS.most:
        raise ValueError(f"{repr(value)[:40]} is not a size; write for example 200Mi or 1Gi")
    return size


def _status(value: object) -> object:
    if isinstance(value, str) and value in map(str, STATUSES):
        raise ValueError(f"{value!r} is text; write {value} without quotes")
    if value not in STATUSES or isinstance(value, bool):
        allowed = ", ".join(map(str, STATUSES))
        raise ValueError(f"{str(value)[:40]} cannot be armed; use one of {allowed}")
    return value


def _plain_text(text: str) -> str:
    """Fold white space; what cannot be printed cannot stand in a report either."""
    folded = " ".join(text.split())
    if not folded or not folded.isprintable():
        raise ValueError("must be printable text")
    return folded


Duration = Annotated[timedelta, BeforeValidator(_duration), WithJsonSchema(_DURATION_SCHEMA)]
PositiveDuration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    AfterValidator(_longer_than_nothing),
    WithJsonSchema(_DURATION_SCHEMA),
]
Cores = Annotated[
    float,
    Field(ge=_CORE_BOUNDS.least, le=_CORE_BOUNDS.most, allow_inf_nan=False, strict=True),
]
Size = Annotated[int, BeforeValidator(_size), WithJsonSchema(_SIZE_SCHEMA)]
Rate = Annotated[float, BeforeValidator(_rate), WithJsonSchema(_RATE_SCHEMA)]
ErrorStatus = Annotated[
    int, BeforeValidator(_status), WithJsonSchema({"type": "integer", "enum": list(STATUSES)})
]
Ratio = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=True)]
PositiveRatio = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False, strict=True)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=40)]
AlertName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)]
Sentence = Annotated[str, Field(max_length=500), AfterValidator(_plain_text)]
Query = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_plain_text)]
Limit = Annotated[float, Field(allow_inf_nan=False, strict=True)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)]


class Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


class MetadataDocument(Document):
    name: Name = Field(
        description="Lower case, digits and hyphens; part of the report's folder name.",
        examples=["error-burst"],
    )
    owner: Sentence = Field(description="Who answers for it.", examples=["sre"])


class RampDocument(Document):
    start: Rate = Field(alias="from", description="Rate at the beginning.", examples=["50/s"])
    end: Rate = Field(
        alias="to", description="Rate at the end, which then goes on.", examples=["150/s"]
    )
    over: PositiveDuration = Field(description="How long it takes.", examples=["60s"])


class StepDocument(Document):
    rate: Rate = Field(description="Requests offered.", examples=["100/s"])
    duration: PositiveDuration | None = Field(
        None, alias="for", description="How long; the last step goes on.", examples=["30s"]
    )


class PacerDocument(Document):
    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    constant: Rate | None = Field(
        None, description="Requests offered per second, minute or hour.", examples=["100/s"]
    )
    ramp: RampDocument | None = Field(
        None,
        description="A straight line from one rate to another, from the beginning of the load.",
        examples=["{from: 50/s, to: 150/s, over: 60s}"],
    )
    steps: list[StepDocument] | None = Field(
        None,
        min_length=1,
        max_length=100,
        description="One rate after another, from the beginning of the load.",
        examples=["[{rate: 50/s, for: 30s}, {rate: 100/s}]"],
    )


class MixDocument(Document):
    write: Ratio = Field(0.2, description="Share of the requests that write.", examples=[0.2])
    read: Ratio = Field(0.8, description="Share that reads; adds up to 1.", examples=[0.8])


class LoadDocument(Document):
    pacer: PacerDocument = Field(
        description="How fast requests are offered.", examples=["{constant: 100/s}"]
    )
    mix: MixDocument = Field(
        default=MixDocument.model_validate({}),
        description="Which requests.",
        examples=["{write: 0.2, read: 0.8}"],
    )
    timeout: PositiveDuration = Field(description="After this a client gives up.", examples=["2s"])


class WorkloadDocument(Document):
    deployment: Sentence = Field(
        max_length=253, description="Its name, in the stack's namespace.", examples=["web"]
    )
    url: Sentence = Field(
        pattern=r"^https?://[^/]+$",
        description="How the load reaches it from inside that namespace.",
        examples=["http://web:8080"],
    )
    path: Sentence = Field(
        "/", pattern=r"^/", description="What each request of the load gets.", examples=["/"]
    )


class PhasesDocument(Document):
    baseline: PositiveDuration = Field(
        description="Load without a fault, before.", examples=["30s"]
    )
    recovery: PositiveDuration = Field(
        description="Load without a fault, after: long enough to prove recovery.", examples=["60s"]
    )
    settle: Duration = Field(
        timedelta(seconds=5),
        description="Quiet before the counters are read at the end.",
        examples=["5s"],
    )


class TargetDocument(Document):
    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    names: list[Sentence] | None = Field(
        None, min_length=1, max_length=100, description="Replicas by name.", examples=["[orders-1]"]
    )
    replicas: int | None = Field(
        None, ge=1, le=1000, strict=True, description="How many, the first by name.", examples=[1]
    )
    share: PositiveRatio | None = Field(
        None, description="A share of the replicas, at least one.", examples=[0.5]
    )


class PlacedDocument(Document):
    id: Name = Field(description="Names the fault in the report.", examples=["errors"])
    at: Duration = Field(
        timedelta(), description="Counts from the end of the baseline.", examples=["0s"]
    )


class OneFaultDocument(PlacedDocument):
    target: TargetDocument = Field(
        description="Which replicas: names, a number or a share.", examples=["{replicas: 1}"]
    )


class FaultDocument(OneFaultDocument):
    duration: PositiveDuration = Field(
        alias="for", description="How long it is armed.", examples=["45s"]
    )


class SharedFaultDocument(FaultDocument):
    share: Ratio = Field(1.0, description="Share of the requests that it hits.", examples=[0.2])
    seed: Seed = Field(1, description="Chooses which requests are hit.", examples=[1])


def _field(kind: FaultKind, name: str) -> Any:
    """What pydantic has to know of a parameter, as the catalogue has it."""
    one = kind.spec.parameter(name)
    default = None if one.is_optional else ... if one.default is None else one.default
    return Field(default, alias=one.key or None, description=one.meaning, examples=[one.example])


class LatencyFaultDocument(SharedFaultDocument):
    kind: Literal["latency"]
    delay: PositiveDuration = _field(FaultKind.LATENCY, "delay")
    jitter: Duration | None = _field(FaultKind.LATENCY, "jitter")


class ErrorFaultDocument(SharedFaultDocument):
    kind: Literal["error"]
    status: ErrorStatus = _field(FaultKind.ERROR, "status")


class NotReadyFaultDocument(FaultDocument):
    kind: Literal["not-ready"]


class BreakerOpenFaultDocument(FaultDocument):
    kind: Literal["breaker-open"]


class HangFaultDocument(SharedFaultDocument):
    kind: Literal["hang"]


class ConnectionResetFaultDocument(SharedFaultDocument):
    kind: Literal["connection-reset"]


class DatabaseSlowFaultDocument(SharedFaultDocument):
    kind: Literal["database-slow"]
    delay: PositiveDuration = _field(FaultKind.DATABASE_SLOW, "delay")


class DatabaseErrorFaultDocument(SharedFaultDocument):
    kind: Literal["database-error"]


class CpuBurnFaultDocument(FaultDocument):
    kind: Literal["cpu-burn"]
    cores: Cores = _field(FaultKind.CPU_BURN, "cores")


class MemoryPressureFaultDocument(FaultDocument):
    kind: Literal["memory-pressure"]
    size_bytes: Size = _field(FaultKind.MEMORY_PRESSURE, "size_bytes")


class WholeInstantDocument(PlacedDocument):
    """It happens and is over; what lasts is the platform's way back. It needs no target."""

    duration: PositiveDuration = Field(
        timedelta(seconds=60),
        alias="within",
        description="How long the platform may take to have every replica back and ready.",
        examples=["60s"],
    )


class InstantDocument(OneFaultDocument, WholeInstantDocument):
    """The same of some of the replicas."""


class LastingDocument(PlacedDocument):
    """A change of the platform that lasts until it is taken back. It needs no target."""

    duration: PositiveDuration = Field(
        alias="for", description="How long it lasts.", examples=["45s"]
    )


class CrashFaultDocument(InstantDocument):
    kind: Literal["crash"]


class ReplicaKillFaultDocument(InstantDocument):
    kind: Literal["replica-kill"]


class PodDeleteFaultDocument(InstantDocument):
    kind: Literal["pod-delete"]


class EvictFaultDocument(InstantDocument):
    kind: Literal["evict"]


class RollingRestartFaultDocument(WholeInstantDocument):
    kind: Literal["rolling-restart"]


class PostgresKillFaultDocument(WholeInstantDocument):
    kind: Literal["postgres-kill"]


class ReplicaPauseFaultDocument(FaultDocument):
    kind: Literal["replica-pause"]


class PostgresDownFaultDocument(LastingDocument):
    kind: Literal["postgres-down"]


class DatabasePartitionFaultDocument(LastingDocument):
    kind: Literal["database-partition"]


AnyFault = Annotated[
    LatencyFaultDocument
    | ErrorFaultDocument
    | NotReadyFaultDocument
    | BreakerOpenFaultDocument
    | HangFaultDocument
    | ConnectionResetFaultDocument
    | DatabaseSlowFaultDocument
    | DatabaseErrorFaultDocument
    | CpuBurnFaultDocument
    | MemoryPressureFaultDocument
    | CrashFaultDocument
    | ReplicaKillFaultDocument
    | PodDeleteFaultDocument
    | EvictFaultDocument
    | RollingRestartFaultDocument
    | PostgresKillFaultDocument
    | ReplicaPauseFaultDocument
    | PostgresDownFaultDocument
    | DatabasePartitionFaultDocument,
    Field(discriminator="kind"),
]


class CostDocument(Document):
    objective: Name = Field(
        description="Whose budget; one of `objectives`.", examples=["orders-availability"]
    )
    at_most_ratio: PositiveRatio = Field(
        description="Share of the whole period's budget that it may cost.", examples=[0.002]
    )


class AlertsDocument(Document):
    must: list[AlertName] = Field(
        [], max_length=100, description="Alerts that have to fire.", examples=["[HighErrorRate]"]
    )
    must_not: list[AlertName] = Field(
        [], max_length=100, description="Alerts that may not fire.", examples=["[BackendDown]"]
    )


class ExpectDocument(Document):
    cost: CostDocument | None = Field(
        None,
        description="What it may cost.",
        examples=["{objective: orders-availability, at_most_ratio: 0.002}"],
    )
    alerts: AlertsDocument = Field(
        default=AlertsDocument.model_validate({}),
        description="What has to fire, and what may not.",
        examples=["{must: [], must_not: [BackendDown]}"],
    )
    safeguards: list[SafeguardName] = Field(
        [],
        max_length=100,
        description=(
            "What should cope: "
            + "; ".join(f"{name}: {expected}" for name, expected in EXPECTED.items())
            + "."
        ),
        examples=["[no-restart-loop]"],
    )
    client_failures_at_most: int | None = Field(
        None,
        ge=0,
        le=10**9,
        strict=True,
        description="How many failures the clients may feel, in the whole run.",
        examples=[0],
    )
    targets_as_quick_as_others: StrictBool = Field(
        False,  # noqa: FBT003 - pydantic's own way
        description="Whether replicas with the fault have to answer as quickly as those without.",
        examples=["true"],
    )


class AbortDocument(Document):
    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["error_ratio_over"]},
                {"required": ["budget_spent_ratio_over"]},
                {"required": ["latency_p95_over"]},
                {"required": ["promql", "over"]},
            ]
        }
    )

    error_ratio_over: PositiveRatio | None = Field(
        None, description="Share of failed requests, as clients see it.", examples=[0.2]
    )
    budget_spent_ratio_over: PositiveRatio | None = Field(
        None, description="Share of the period's budget spent by this game day.", examples=[0.01]
    )
    latency_p95_over: PositiveDuration | None = Field(
        None, description="95th percentile as clients see it.", examples=["1s"]
    )
    promql: Query | None = Field(
        None,
        description="A PromQL expression of one value, asked each second.",
        examples=["max(circuit_breaker_state)"],
    )
    over: Limit | None = Field(None, description="What `promql` may not exceed.", examples=[1.5])
    silent: WhenSilent = Field(
        WhenSilent.ABORT,
        description="What to do when `promql` has no value for 15s: abort, or note it.",
        examples=["note"],
    )
    sustained: Duration = Field(
        timedelta(), alias="for", description="How long it must be over.", examples=["5s"]
    )


class ExperimentDocument(Document):
    """One game day: what is broken, under which load, and what it may cost."""

    model_config = ConfigDict(title="Ironclad experiment")

    api_version: Literal["ironclad/v1"] = Field(alias="apiVersion", examples=["ironclad/v1"])
    kind: Literal["Experiment"] = Field(examples=["Experiment"])
    metadata: MetadataDocument = Field(examples=["{name: error-burst, owner: sre}"])
    hypothesis: Sentence = Field(
        description="One sentence that the game day can prove wrong.",
        examples=["20 % errors on one replica of three cost at most 0.2 % of the month."],
    )
    objectives: list[Name] = Field(
        min_length=1,
        max_length=20,
        description="Objectives whose budget is measured.",
        examples=["[orders-availability]"],
    )
    workload: WorkloadDocument | None = Field(
        None,
        description="A Deployment of your own, on Kubernetes, instead of the stack's backend.",
        examples=["{deployment: web, url: http://web:8080}"],
    )
    load: LoadDocument = Field(
        description="Requests in an open loop.",
        examples=["{pacer: {constant: 100/s}, timeout: 2s}"],
    )
    phases: PhasesDocument = Field(
        description="The fault phase lasts as long as the faults.",
        examples=["{baseline: 30s, recovery: 60s, settle: 5s}"],
    )
    faults: list[AnyFault] = Field(
        min_length=1,
        max_length=20,
        description="What is broken, and when.",
        examples=["[{id: errors, kind: error, for: 45s, target: {replicas: 1}, share: 0.2}]"],
    )
    expect: ExpectDocument = Field(
        default=ExpectDocument.model_validate({}),
        description="What should come of it.",
        examples=["{cost: {objective: orders-availability, at_most_ratio: 0.002}}"],
    )
    abort_when: list[AbortDocument] = Field(
        [],
        max_length=10,
        description="Limits that end the game day at once.",
        examples=["[{error_ratio_over: 0.2, for: 5s}]"],
    )
