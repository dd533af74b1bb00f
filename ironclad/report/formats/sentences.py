"""What several forms of the report say in the same words."""

from collections.abc import Iterator

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.experiment.expected_answer import mix
from ironclad.domain.judging.assessment import BY_CONDITION
from ironclad.report.formats import formatting
from ironclad.report.model.compared import Change, EarlierRun
from ironclad.report.model.document import Alert, Budget, FurtherAlert, Phase, Report

_NAMES = {
    "spent_ratio": "the cost",
    "detection_seconds": "the time until the first alert",
    "time_to_recover_seconds": "the time to recover",
}
_UNCHANGED = 0.005


def change_sentence(change: Change) -> str:
    """Write one figure beside what is usual, and whether that is an outlier."""
    show = formatting.percent if change.figure == "spent_ratio" else formatting.seconds
    runs = "the run before" if change.runs == 1 else f"the median of {change.runs} runs before"
    words = f"{_NAMES[change.figure]} is {show(change.value)}, {_by(change)} {runs}"
    if change.usual:
        words += f" ({show(change.usual)})"
    return formatting.sentence(words + (": worse than usual" if change.is_worse else ""))


def _by(change: Change) -> str:
    if not change.usual:
        return "as in" if change.value == change.usual else "and was nothing in"
    ratio = change.value / change.usual - 1
    if abs(ratio) < _UNCHANGED:
        return "as in"
    return f"{formatting.percent(abs(ratio))} {'more' if ratio > 0 else 'less'} than"


def changed(report: Report) -> str:
    """Sum the comparison up in a few words."""
    worse = [change for change in report.comparison.changes if change.is_worse]
    if worse:
        return "worse than usual: " + ", ".join(_NAMES[change.figure] for change in worse)
    cost = next((one for one in report.comparison.changes if one.figure == "spent_ratio"), None)
    if cost is None:
        return "no cost to compare"
    runs = "this run" if cost.runs == 1 else f"the median of {cost.runs} runs"
    return f"cost {_by(cost)} {runs}"


def run_before(report: Report) -> EarlierRun | None:
    """Give the newest run that the cost is compared with, or the newest where none compares."""
    earlier = report.comparison.earlier
    if any(change.figure == "spent_ratio" for change in report.comparison.changes):
        whole = (one for one in earlier if one.status == "COMPLETED")
        return next((one for one in whole if one.spent_ratio is not None), None)
    return next(iter(earlier), None)


def recovered(report: Report) -> str:
    """Write both times: until the service was well, and until that was proven."""
    recovery = report.recovery
    if recovery.seconds is None:
        return ""
    proof = f"proof complete after {formatting.seconds(recovery.seconds)}"
    if recovery.time_to_recover_seconds is None:
        return proof
    return f"within {formatting.seconds(recovery.time_to_recover_seconds)}; {proof}"


def other_costs(report: Report, evidence: Evidence) -> list[str]:
    """Say which other figures there are of the same cost, and why each differs."""
    return [
        *(sentence for budget in report.budgets for sentence in _counted_otherwise(budget)),
        *(
            f"{fault.id}: {formatting.percent(fault.spent_ratio)} by the requests that failed while"
            " it was at work, whatever made them fail"
            for fault in report.faults
            if fault.spent_ratio is not None
        ),
        *((_LIVE,) if evidence.aborted_by == BY_CONDITION else ()),
    ]


_LIVE = (
    "the abort condition counted live, from the load's own account up to that second; what was"
    " counted after the end differs"
)


def _counted_otherwise(budget: Budget) -> Iterator[str]:
    name, client, slices = budget.objective, budget.client_spent_ratio, budget.time_spent_ratio
    if client is not None and client != budget.spent_ratio:
        yield (
            f"{name}: {formatting.percent(client)} by the client's ledger, the load alone, with"
            " what the indicator cannot see"
        )
    if slices is not None:
        between = formatting.between(budget.time_spent_low, budget.time_spent_high)
        yield (
            f"{name}: {formatting.percent(slices)} ({between}) in bad time, where a slice of 5 s is"
            " bad as a whole"
        )


def phase_rate(phase: Phase) -> float | None:
    """Give the requests a second that were due in the phase."""
    if phase.ended_at is None:
        return None
    seconds = (phase.ended_at - phase.started_at).total_seconds()
    return phase.sent / seconds if seconds > 0 else None


def consequence(alert: Alert | FurtherAlert) -> str:
    """Write what firing means for people."""
    if alert.firing_at is None or alert.would_page is None:
        return "–"
    if alert.would_page:
        return "would have paged"
    return "a ticket" if alert.severity else "–"


def on_its_way(alert: Alert | FurtherAlert) -> str:
    """Write how long it was pending, and how long its delivery took."""
    if alert.firing_at is None:
        return "–"
    parts = []
    if alert.pending_at is not None:
        pending = (alert.firing_at - alert.pending_at).total_seconds()
        parts.append(f"pending {formatting.seconds(pending)}")
    if alert.delivered_at is not None:
        delivery = (alert.delivered_at - alert.firing_at).total_seconds()
        parts.append(f"delivered in {formatting.seconds(delivery)}")
    return ", ".join(parts) or "–"


GLOBALS = {
    "change_sentence": change_sentence,
    "changed": changed,
    "run_before": run_before,
    "recovered": recovered,
    "other_costs": other_costs,
    "phase_rate": phase_rate,
    "on_its_way": on_its_way,
    "mix": mix,
    "consequence": consequence,
}
