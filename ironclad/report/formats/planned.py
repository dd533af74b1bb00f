"""The plan and the appendix in words; the same in every form of the report."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from ironclad.domain.evidence.evidence import Evidence, MetricsWindow
from ironclad.domain.experiment.experiment import AbortCondition, ExpectedAlerts, Experiment, Load
from ironclad.domain.experiment.pacer import pacer_text
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.judging.as_before.figures import FIGURES
from ironclad.domain.slo.slo import Objective
from ironclad.domain.stack.commands import options
from ironclad.domain.text.wording import count, counted, duration, percent
from ironclad.report.formats import formatting
from ironclad.report.formats.summary import prediction_text
from ironclad.report.model import document
from ironclad.report.model.part import rfc3339


@dataclass(frozen=True, slots=True)
class Query:
    name: str
    span: str
    text: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    load: str
    phases: str
    predictions: tuple[str, ...]
    blast_radius: str
    alerts: tuple[str, ...]
    safeguards: tuple[str, ...]
    abort_when: tuple[str, ...]
    command: str
    rejudge: str
    queries: tuple[Query, ...]


def planned(evidence: Evidence) -> Planned:
    experiment, plan = evidence.plan.experiment, evidence.plan
    phases = experiment.phases
    return Planned(
        load=_load(experiment.load),
        phases=(
            f"{duration(phases.baseline)} baseline,"
            f" {duration(experiment.fault_window)} of faults,"
            f" {duration(phases.recovery)} recovery"
        ),
        predictions=(
            *(prediction_text(one, "bad requests") for one in plan.predictions),
            *(one.sentence for one in evidence.forecasts or plan.alerts),
        ),
        blast_radius=_blast_radius(evidence),
        alerts=tuple(_alerts(experiment.expect.alerts)),
        safeguards=experiment.expect.safeguards,
        abort_when=tuple(_abort_conditions(experiment)),
        command=_command(plan),
        rejudge="ironclad verdict evidence.tar.gz",
        queries=tuple(_queries(evidence)),
    )


def _command(plan: Plan) -> str:
    name, stack = shlex.quote(plan.experiment.name), plan.stack
    return f"ironclad game-day run {name} {options(stack)}"


def _load(load: Load) -> str:
    rate, writes = pacer_text(load.pacer), percent(load.mix.write)
    timeout = duration(load.timeout)
    return f"{rate} requests, {writes} of them writes; a client gives up after {timeout}"


def _blast_radius(evidence: Evidence) -> str:
    """The database is none of the replicas, and all of them need it."""
    plan = evidence.plan
    on_replicas = [each for each in plan.faults if not each.fault.kind.spec.is_on_database]
    hit = sorted({name for planned in on_replicas for name in planned.target_names})
    everyone = counted(len(plan.replicas), "replica")
    parts = [f"{count(len(hit))} of {everyone}: {', '.join(hit)}"] if hit else []
    if len(on_replicas) < len(plan.faults):
        parts.append("the database, which every replica needs")
    return ", and ".join(parts) or "none"


def _alerts(expected: ExpectedAlerts) -> Iterator[str]:
    yield from (f"{name} must fire" for name in expected.must)
    yield from (f"{name} must not fire" for name in expected.must_not)


def headline(report: document.Report) -> list[document.Budget]:
    """Give the budgets that the verdict rests on; the first where the experiment names none."""
    allowed = [budget for budget in report.budgets if budget.allowed_ratio is not None]
    return allowed or report.budgets[:1]


def _abort_conditions(experiment: Experiment) -> Iterator[str]:
    yield from map(_condition, experiment.abort_when)
    if cost := experiment.expect.cost:
        allowed = percent(cost.at_most_ratio)
        yield f"clients have felt more than the {allowed} of {cost.objective} that it may cost"


def _condition(condition: AbortCondition) -> str:
    sustained = f" for {duration(condition.sustained)}" if condition.sustained else ""
    if condition.error_ratio_over is not None:
        return f"more than {percent(condition.error_ratio_over)} of the requests fail{sustained}"
    if condition.latency_p95_over is not None:
        return f"p95 is over {duration(condition.latency_p95_over)}{sustained}"
    if condition.promql:
        return f"{condition.promql} is over {condition.over:g}{sustained}"
    return f"more than {percent(condition.budget_spent_ratio_over or 0.0)} of the budget is spent"


def _queries(evidence: Evidence) -> Iterator[Query]:
    objectives = {objective.name: objective for objective in evidence.plan.objectives}
    for window in evidence.windows:
        span = f"{_at(window.start)} to {_at(window.end)}"
        for text in _selectors(objectives.get(window.objective)):
            yield Query(window.objective, span, text, _again(text, window))


def _again(selector: str, window: MetricsWindow) -> str:
    """Write the request that gave the samples, for a shell."""
    length = round(1000 * (window.end - window.start))
    query = shlex.quote(f"query={selector}[{length}ms]")
    return (
        f'curl -sG "$PROMETHEUS/api/v1/query" --data-urlencode {query}'
        f" --data-urlencode time={window.end:.3f}"
    )


def _selectors(objective: Objective | None) -> tuple[str, ...]:
    if objective is None:
        return ()
    return tuple(objective.indicator.selectors.values())


def _at(epoch_seconds: float) -> str:
    return rfc3339(datetime.fromtimestamp(epoch_seconds, UTC))


def asked(fault: document.Fault) -> str:
    """Write what was asked for, such as `20 % as 503 for 45 s`."""
    dose = fault.asked
    if is_instant(fault):
        return f"an end, and everything back within {formatting.seconds(dose.seconds)}"
    parts = _stressor(dose.cores, dose.size_bytes) or _share(fault)
    parts += [f"as {dose.status}"] if dose.status is not None else []
    parts += [f"by {formatting.milliseconds(dose.delay_ms)}"] if dose.delay_ms is not None else []
    parts += [f"± {formatting.milliseconds(dose.jitter_ms)}"] if dose.jitter_ms else []
    return " ".join([*parts, f"for {formatting.seconds(dose.seconds)}"])


def _share(fault: document.Fault) -> list[str]:
    counts_hits = FaultKind(fault.kind).spec.counts_hits
    return [formatting.percent(fault.asked.share)] if counts_hits else []


def _stressor(cores: float | None, size_bytes: int | None) -> list[str]:
    parts = [] if cores is None else [f"{cores:g} cores"]
    return parts if size_bytes is None else [*parts, f"{size_bytes / (1 << 20):.0f} MiB"]


def is_instant(fault: document.Fault) -> bool:
    """An end has no share of requests; what it was asked for is the way back."""
    return FaultKind(fault.kind).spec.is_instant


def measured(fault: document.Fault) -> str:
    dose = fault.measured
    if dose.seconds and (dose.cpu_seconds is not None or dose.held_bytes is not None):
        cores, size = fault.asked.cores, fault.asked.size_bytes
        used = (dose.cpu_seconds or 0.0) / dose.seconds / max(1, len(fault.targets))
        got = _stressor(cores and round(used, 2), size and dose.held_bytes)
        return " ".join([*got, f"for {formatting.seconds(dose.seconds)}"])
    if is_instant(fault) and dose.seconds is not None:
        return f"back after {formatting.seconds(dose.seconds)}"
    if dose.share is None:
        return f"for {formatting.seconds(dose.seconds)}" if dose.seconds else formatting.UNKNOWN
    parts = [
        f"{formatting.percent(dose.share)} ({count(dose.hit or 0)} of {count(dose.seen or 0)})"
    ]
    parts += [f"by {formatting.milliseconds(dose.delay_ms)}"] if dose.delay_ms is not None else []
    return " ".join([*parts, f"for {formatting.seconds(dose.seconds)}"])


def source(counts: document.SourceCounts | None) -> str:
    """Write `301 bad of 13,800`."""
    return f"{count(counts.bad)} bad of {count(counts.valid)}" if counts else formatting.UNKNOWN


def dash(moment: datetime | None) -> str:
    return "–" if moment is None else formatting.clock(moment)


def figure(one: document.BeforeAfter, value: float | None) -> str:
    """Write a median with the unit of its figure."""
    return formatting.UNKNOWN if value is None else FIGURES[one.figure].written(value)
