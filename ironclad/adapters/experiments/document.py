"""The experiment file as people write it; its JSON Schema comes from here.

What spans several fields is checked in `checks`, where each finding has its place.
"""

from datetime import timedelta
from typing import Literal

from pydantic import ConfigDict, Field, StrictBool

from ironclad.adapters.experiments.fault_documents import AnyFault
from ironclad.adapters.experiments.fields import (
    LONGEST,
    AlertName,
    Document,
    Duration,
    Limit,
    Name,
    PositiveDuration,
    PositiveRatio,
    Query,
    Rate,
    Ratio,
    Sentence,
)
from ironclad.domain.experiment.experiment import WhenSilent
from ironclad.domain.experiment.pacer import AnyPacer, Constant, Ramp, Step, Steps
from ironclad.domain.experiment.safeguards import EXPECTED, SafeguardName


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
    as_before: StrictBool = Field(
        False,  # noqa: FBT003 - pydantic's own way
        description=(
            "Whether each replica has to be after recovery as it was in its own baseline: latency,"
            " CPU per request, memory, open files, busy database connections."
        ),
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


def pacer_of(document: PacerDocument) -> AnyPacer:
    if document.ramp is not None:
        ramp = document.ramp
        return Ramp(ramp.start, ramp.end, ramp.over.total_seconds())
    if document.steps is not None:
        return Steps(tuple(_step(step) for step in document.steps))
    return Constant(document.constant or 0.0)


def _step(document: StepDocument) -> Step:
    """The last one goes on for as long as the load does."""
    return Step(document.rate, (document.duration or LONGEST).total_seconds())
