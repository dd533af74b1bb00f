"""What the game day cost each error budget, with an error bar.

The number is what the objective's own indicator says (Prometheus, all traffic); of a service that
is not ours, what the clients say. Its interval is the wider of Wilson's and a block bootstrap of
the client's seconds, since errors cluster. It is widened by whatever the three sources could not
explain. A ratio of 1 is the whole period's budget.
"""

from collections import defaultdict
from dataclasses import dataclass

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.intervals import Interval, block_bootstrap, known, wider, wilson
from ironclad.domain.judging.check import Check, refuted, shown, unknown
from ironclad.domain.judging.counts.reconciliation import (
    Reconciliation,
    client_alone,
    judged_counts,
    reconcile,
)
from ironclad.domain.judging.counts.time_slices import TimeSlices, time_slices
from ironclad.domain.judging.starvation import CALM, Starvation, excused
from ironclad.domain.load.load import Attempt
from ironclad.domain.slo.slo import Counts, Objective, budget_events, spent_ratio
from ironclad.domain.text.wording import percent, percent_range


@dataclass(frozen=True, slots=True, kw_only=True)
class BudgetAssessment:
    """Ratios of the whole period's budget; `remaining_…` may be negative."""

    objective: Objective
    sources: Reconciliation
    spent_ratio: float | None
    interval: Interval | None
    client_spent_ratio: float | None
    allowed_ratio: float | None
    remaining_before_ratio: float | None
    checks: tuple[Check, ...]
    slices: TimeSlices | None = None
    """The same burn in bad time; no check weighs it."""

    @property
    def remaining_after_ratio(self) -> float | None:
        if self.remaining_before_ratio is None or self.spent_ratio is None:
            return None
        return self.remaining_before_ratio - self.spent_ratio


def assess_budgets(
    evidence: Evidence, starvation: Starvation = CALM
) -> tuple[BudgetAssessment, ...]:
    return tuple(_assess(evidence, objective, starvation) for objective in evidence.plan.objectives)


def _assess(evidence: Evidence, objective: Objective, starvation: Starvation) -> BudgetAssessment:
    is_ours = evidence.plan.experiment.workload is None
    sources = (
        reconcile(evidence, objective, starvation) if is_ours else client_alone(evidence, objective)
    )
    counts = sources.prometheus if is_ours else sources.client
    spent = None if counts is None else _spent(objective, counts)
    interval = _interval(evidence, objective, sources, counts)
    client = None if sources.client is None else _spent(objective, sources.client)
    allowed = evidence.plan.experiment.expect.allowed_ratio(objective.name)
    made = 0.0 if counts is None else _made_by_the_machine(evidence, objective, starvation, counts)
    return BudgetAssessment(
        objective=objective,
        sources=sources,
        spent_ratio=spent,
        interval=interval,
        client_spent_ratio=client,
        allowed_ratio=allowed,
        remaining_before_ratio=known(evidence.remaining_before.get(objective.name)),
        checks=(
            _measured_check(objective, sources),
            *(
                excused(check, starvation) if _rests_on(made, interval, allowed) else check
                for check in _cost_checks(objective, allowed, spent, interval, client)
            ),
        ),
        slices=time_slices(evidence, objective),
    )


def _spent(objective: Objective, counts: Counts) -> float:
    return spent_ratio(objective, counts.bad, counts.valid)


def _interval(
    evidence: Evidence, objective: Objective, sources: Reconciliation, counts: Counts | None
) -> Interval | None:
    """Work in bad events, since the client's requests are not all of those that were counted."""
    client = sources.client
    if counts is None or client is None or not counts.valid:
        return None
    single = wilson(counts)
    events = wider(
        single.scaled(counts.valid) if single else None,
        _clustered(evidence, objective, counts, client),
    )
    budget = budget_events(objective, counts.valid)
    return events.widened(sources.unexplained).scaled(1 / budget) if events else None


def _clustered(
    evidence: Evidence, objective: Objective, counts: Counts, client: Counts
) -> Interval | None:
    """Lay the spread of the client's seconds around what Prometheus counted."""
    spread = block_bootstrap(_strata(evidence, objective))
    if spread is None:
        return None
    events = spread.scaled(client.valid)
    low, high = client.bad - events.low, events.high - client.bad
    return Interval(max(0.0, counts.bad - low), counts.bad + high)


def _strata(evidence: Evidence, objective: Objective) -> list[list[Counts]]:
    """Count by second within each phase, so that a planned fault stays as long as it was."""
    attempts = evidence.load.attempts if evidence.load else ()
    ends = [span.started_at.timestamp() for span in evidence.phases]
    seconds: defaultdict[tuple[int, int], list[Attempt]] = defaultdict(list)
    for row in attempts:
        phase = sum(row.intended_at >= end for end in ends)
        seconds[phase, int(row.intended_at)].append(row)
    strata: defaultdict[int, list[Counts]] = defaultdict(list)
    for (phase, _second), rows in sorted(seconds.items()):
        strata[phase].append(judged_counts(rows, objective))
    return list(strata.values())


def _made_by_the_machine(
    evidence: Evidence, objective: Objective, starvation: Starvation, counts: Counts
) -> float:
    """Give the share of the budget that no fault touched, spent while the machine was starved."""
    rows = evidence.load.attempts if evidence.load else ()

    def is_unmarked(row: Attempt) -> bool:
        return not row.fault and bool(judged_counts([row], objective).bad)

    if not starvation.explains(rows, is_unmarked):
        return 0.0
    events = sum(is_unmarked(row) for row in rows if not starvation.is_calm(row))
    return events / budget_events(objective, counts.valid)


def _rests_on(made: float, interval: Interval | None, allowed: float | None) -> bool:
    """Whether a cost is too high only because of what the machine made."""
    if not made or interval is None or allowed is None:
        return False
    return interval.low - made <= allowed


def _measured_check(objective: Objective, sources: Reconciliation) -> Check:
    subject = f"sources of {objective.name}"
    if sources.reconciled:
        return shown(subject, f"{objective.name}: {sources.explanation}")
    if sources.reconciled is None:
        return unknown(subject, f"{objective.name} could not be measured: {sources.explanation}")
    sentence = f"the sources of {objective.name} disagree: {sources.explanation}"
    return unknown(subject, sentence)


def _cost_checks(
    objective: Objective,
    allowed: float | None,
    spent: float | None,
    interval: Interval | None,
    client: float | None,
) -> tuple[Check, ...]:
    """Judge the cost where the experiment names one.

    Slow answers that the indicator does not see are unexplained, and widen the interval.
    """
    subject = f"cost of {objective.name}"
    if allowed is None:
        return ()
    if spent is None or interval is None or client is None:
        return (unknown(subject, f"what {objective.name} cost is not known"),)
    cost = _cost(objective, spent, interval)
    if interval.low > allowed:
        return (refuted(subject, f"{cost}, more than the {percent(allowed)} allowed"),)
    if interval.high > allowed:
        return (unknown(subject, f"{cost}, which straddles the {percent(allowed)} allowed"),)
    if objective.counts_failures and client > allowed:
        return (unknown(subject, _blind(objective, client, allowed)),)
    return (shown(subject, f"{cost}, within the {percent(allowed)} allowed"),)


def _cost(objective: Objective, spent: float, interval: Interval) -> str:
    between = percent_range(interval.low, interval.high)
    return f"{percent(spent)} of the budget of {objective.name} was spent ({between})"


def _blind(objective: Objective, client: float, allowed: float) -> str:
    return (
        f"clients felt failures worth {percent(client)} of the budget of {objective.name}, more"
        f" than the {percent(allowed)} allowed, and its indicator does not see them"
    )
