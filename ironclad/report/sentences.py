"""What several forms of the report say in the same words."""

from ironclad.domain.expected_answer import mix
from ironclad.report import formats
from ironclad.report.model import Alert, FurtherAlert, Phase, Report
from ironclad.report.model_compared import Change

_NAMES = {
    "spent_ratio": "the cost",
    "detection_seconds": "the time until the first alert",
    "recovery_seconds": "the time until recovery was proven",
}
_UNCHANGED = 0.005


def told(change: Change) -> str:
    """Write one figure beside what is usual, and whether that is an outlier."""
    show = formats.percent if change.figure == "spent_ratio" else formats.seconds
    runs = "the run before" if change.runs == 1 else f"the median of {change.runs} runs before"
    told = f"{_NAMES[change.figure]} is {show(change.value)}, {_by(change)} {runs}"
    if change.usual:
        told += f" ({show(change.usual)})"
    return formats.sentence(told + (": worse than usual" if change.is_worse else ""))


def _by(change: Change) -> str:
    if not change.usual:
        return "as in" if change.value == change.usual else "and was nothing in"
    ratio = change.value / change.usual - 1
    if abs(ratio) < _UNCHANGED:
        return "as in"
    return f"{formats.percent(abs(ratio))} {'more' if ratio > 0 else 'less'} than"


def changed(report: Report) -> str:
    """Sum the comparison up in a few words."""
    worse = [change for change in report.comparison.changes if change.is_worse]
    if worse:
        return "worse than usual: " + ", ".join(_NAMES[change.figure] for change in worse)
    cost = next((one for one in report.comparison.changes if one.figure == "spent_ratio"), None)
    if cost is None:
        return "nothing to compare"
    runs = "the run before" if cost.runs == 1 else f"{cost.runs} runs before"
    return f"cost {_by(cost)} {runs}"


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
    return "would have paged" if alert.would_page else "a ticket"


def on_its_way(alert: Alert | FurtherAlert) -> str:
    """Write how long it was pending, and how long its delivery took."""
    if alert.firing_at is None:
        return "–"
    parts = []
    if alert.pending_at is not None:
        pending = (alert.firing_at - alert.pending_at).total_seconds()
        parts.append(f"pending {formats.seconds(pending)}")
    if alert.delivered_at is not None:
        delivery = (alert.delivered_at - alert.firing_at).total_seconds()
        parts.append(f"delivered in {formats.seconds(delivery)}")
    return ", ".join(parts) or "–"


GLOBALS = {
    "told": told,
    "changed": changed,
    "phase_rate": phase_rate,
    "on_its_way": on_its_way,
    "mix": mix,
    "consequence": consequence,
}
