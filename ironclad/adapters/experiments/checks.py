"""What only several fields together can get wrong; each finding has its place."""

import math
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

from ironclad.adapters.experiments.document import (
    AbortDocument,
    ExperimentDocument,
    PacerDocument,
    pacer_of,
)
from ironclad.adapters.experiments.fault_documents import FaultDocument, TargetDocument
from ironclad.adapters.experiments.problems import Problem
from ironclad.adapters.files.yaml_source import Loc
from ironclad.domain.faults.catalogue import LONGEST_DELAY, FaultKind
from ironclad.domain.text.durations import format_duration

MOST_REQUESTS = 5_000_000
"""The load's ledger has a row for each; beyond this it does not fit into a small machine."""

ON_ANY_DEPLOYMENT = frozenset(kind for kind in FaultKind if kind.spec.is_on_any_deployment)


def check(document: ExperimentDocument) -> Iterator[Problem]:
    yield from _objectives(document)
    yield from _load(document)
    yield from _workload(document)
    yield from _repeated(("faults",), [fault.id for fault in document.faults], "id")
    for index, fault in enumerate(document.faults):
        yield from _fault(("faults", index), fault, document.load.timeout)
    yield from _alerts(document)
    for index, condition in enumerate(document.abort_when):
        yield from _abort(("abort_when", index), condition)


def _objectives(document: ExperimentDocument) -> Iterator[Problem]:
    yield from _repeated(("objectives",), document.objectives)
    cost = document.expect.cost
    if cost is not None and cost.objective not in document.objectives:
        known = ", ".join(document.objectives)
        sentence = f"{cost.objective!r} is not one of this experiment's objectives: {known}"
        yield Problem(("expect", "cost", "objective"), sentence)


def _load(document: ExperimentDocument) -> Iterator[Problem]:
    mix = document.load.mix
    if not math.isclose(mix.write + mix.read, 1, abs_tol=1e-9):
        sentence = f"the mix adds up to {mix.write + mix.read:g}, but should to 1"
        yield Problem(("load", "mix"), sentence)
    length = document.phases.baseline + document.phases.recovery + _faults_end(document)
    if problem := _pacer(document.load.pacer):
        yield problem
        return
    requests = pacer_of(document.load.pacer).hits_before(length.total_seconds())
    if requests > MOST_REQUESTS:
        sentence = (
            f"{requests:,.0f} requests in {format_duration(length)} are more than"
            f" {MOST_REQUESTS:,}; lower the rate"
        )
        yield Problem(("load", "pacer"), sentence)


def _pacer(document: PacerDocument) -> Problem | None:
    given = [name for name, value in document if value is not None]
    if len(given) != 1:
        has = " and ".join(given) or "nothing"
        sentence = f"the pacer has {has}, but should have one of constant, ramp, steps"
        return Problem(("load", "pacer"), sentence)
    steps = document.steps or []
    for index, step in enumerate(steps):
        if (step.duration is None) != (index == len(steps) - 1):
            sentence = "every step has a `for` but the last, which goes on until the load ends"
            return Problem(("load", "pacer", "steps", index), sentence)
    return None


def _workload(document: ExperimentDocument) -> Iterator[Problem]:
    """Only the platform's faults need nothing of the service itself."""
    if document.workload is None:
        return
    name, possible = document.workload.deployment, ", ".join(sorted(ON_ANY_DEPLOYMENT))
    for index, fault in enumerate(document.faults):
        if fault.kind not in ON_ANY_DEPLOYMENT:
            sentence = (
                f"{fault.kind} needs Ironclad's own backend; Deployment {name} takes {possible}"
            )
            yield Problem(("faults", index, "kind"), sentence)


def _faults_end(document: ExperimentDocument) -> timedelta:
    return max(fault.at + fault.duration for fault in document.faults)


def _repeated(loc: Loc, names: Sequence[str], field: str | None = None) -> Iterator[Problem]:
    for index, name in enumerate(names):
        if name in names[:index]:
            where = (*loc, index) if field is None else (*loc, index, field)
            yield Problem(where, f"{name!r} stands in {loc[-1]} twice")


def _fault(loc: Loc, fault: FaultDocument, patience: timedelta) -> Iterator[Problem]:
    values = dict(fault)
    if target := values.get("target"):
        yield from _target((*loc, "target"), target)
    if delay := values.get("delay"):
        yield from _delay(loc, delay, patience)
    if (jitter := values.get("jitter")) and jitter > delay:
        yield Problem((*loc, "jitter"), "the jitter is longer than the delay that it spreads")


def _target(loc: Loc, target: TargetDocument) -> Iterator[Problem]:
    yield from _exactly_one(loc, target, ("names", "replicas", "share"))
    yield from _repeated((*loc, "names"), target.names or ())


def _delay(loc: Loc, delay: timedelta, patience: timedelta) -> Iterator[Problem]:
    """A client that has given up tells nothing of how late the answer was."""
    if not timedelta(milliseconds=1) <= delay <= LONGEST_DELAY:
        yield Problem((*loc, "delay"), "a delay lies between 1ms and 1m")
    elif delay >= patience:
        sentence = (
            f"a client gives up after {format_duration(patience)} and would see no answer of"
            f" {format_duration(delay)}; shorten the delay, or use the kind hang"
        )
        yield Problem((*loc, "delay"), sentence)


def _alerts(document: ExperimentDocument) -> Iterator[Problem]:
    alerts, loc = document.expect.alerts, ("expect", "alerts")
    yield from _repeated((*loc, "must"), alerts.must)
    yield from _repeated((*loc, "must_not"), alerts.must_not)
    for index, name in enumerate(alerts.must_not):
        if name in alerts.must:
            yield Problem((*loc, "must_not", index), f"{name!r} must fire and must not; keep one")


def _abort(loc: Loc, condition: AbortDocument) -> Iterator[Problem]:
    limits = ("error_ratio_over", "budget_spent_ratio_over", "latency_p95_over", "promql")
    yield from _exactly_one(loc, condition, limits)
    if (condition.promql is None) != (condition.over is None):
        yield Problem(loc, "promql and over belong together; write for example promql: …, over: 1")


def _exactly_one(
    loc: Loc, document: TargetDocument | AbortDocument, names: Iterable[str]
) -> Iterator[Problem]:
    given = [name for name in names if getattr(document, name) is not None]
    if len(given) != 1:
        have = " and ".join(given) or "none"
        yield Problem(loc, f"exactly one of {', '.join(names)} is wanted, and here is {have}")
