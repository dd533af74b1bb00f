"""A finished report.json, of this version or an older one, as the few figures of a past run."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ironclad.domain.history.past_run import PastRun


def past_run(document: Mapping[str, Any]) -> PastRun:
    """Raises KeyError, TypeError, ValueError or AttributeError for what is no report."""
    budget = _judged(document["budgets"])
    recovery = document["recovery"]
    return PastRun(
        run=document["id"],
        experiment=document["experiment"],
        platform=document["platform"],
        stack=document["stack"],
        started_at=datetime.fromisoformat(document["started_at"]).astimezone(UTC),
        status=document["status"],
        verdict=document["verdict"],
        reason=document["reason"],
        spent_objective=budget.get("objective", ""),
        spent_ratio=budget.get("spent_ratio"),
        allowed_ratio=budget.get("allowed_ratio"),
        detection_seconds=_detection(document["faults"]),
        recovery_seconds=recovery["seconds"],
        recovered=recovery["proven"],
        time_to_recover_seconds=recovery.get("time_to_recover_seconds"),
    )


def _judged(budgets: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """Give the budget that the experiment puts a limit on, or else the first."""
    allowed = [budget for budget in budgets if budget["allowed_ratio"] is not None]
    return next(iter(allowed or budgets), {})


def _detection(faults: Sequence[Mapping[str, Any]]) -> float | None:
    """Reports before version 1.1 do not tell."""
    known = [fault.get("detected_seconds") for fault in faults]
    return min((seconds for seconds in known if seconds is not None), default=None)
