"""Every question that was put to Prometheus, with its moment, for whoever wants to ask again."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ironclad.adapters.prometheus import promql
from ironclad.domain.evidence.evidence import Evidence, MetricsWindow


def queries_text(evidence: Evidence) -> str:
    return json.dumps(list(_queries(evidence)), indent=1, ensure_ascii=False) + "\n"


def _queries(evidence: Evidence) -> Iterator[dict[str, Any]]:
    for window in evidence.windows:
        yield from _of_window(evidence, window)
    names = [sighting.name for sighting in evidence.alerts]
    if names and evidence.windows:
        start, end = evidence.windows[0].start, evidence.windows[0].end
        states = promql.raw_samples(promql.alert_states(names), end - start)
        yield _query("states of alerts", states, end)
        yield _query("alerts that fired before", promql.firing(names), start)


def _of_window(evidence: Evidence, window: MetricsWindow) -> Iterator[dict[str, Any]]:
    for objective in evidence.plan.objectives:
        if objective.name != window.objective:
            continue
        indicator, seconds = objective.indicator, window.end - window.start
        parts = {"valid": indicator.valid, "bad": indicator.bad, "good": indicator.good}
        for part, selector in parts.items():
            if selector is not None:
                query = promql.raw_samples(selector, seconds)
                yield _query(f"{part} events of {objective.name}", query, window.end)


def _query(purpose: str, query: str, at: float) -> dict[str, Any]:
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return {"purpose": purpose, "query": query, "at": moment}
