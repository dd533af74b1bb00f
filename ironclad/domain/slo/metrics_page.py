"""What a replica's own metrics page says of objectives; the page as plain samples."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ironclad.domain.slo.selector import parse_selector
from ironclad.domain.slo.slo import Counts, Objective

LOAD_REQUESTS = "load_requests_total"
_LOAD_FAILED = 'load_requests_total{status=~"5.."}'


@dataclass(frozen=True, slots=True)
class PageSample:
    metric: str
    labels: Mapping[str, str]
    value: float


def objective_counts(page: Sequence[PageSample], objective: Objective) -> Counts | None:
    """Give the replica's count since its start; None when a series is missing or is no count."""
    indicator = objective.indicator
    valid = counted(page, indicator.valid)
    other = counted(page, indicator.bad or indicator.good or "")
    if valid is None or other is None:
        return None
    return Counts(valid, other if indicator.bad is not None else valid - other)


def load_counts(page: Sequence[PageSample]) -> Counts | None:
    valid, bad = counted(page, LOAD_REQUESTS), counted(page, _LOAD_FAILED)
    return None if valid is None or bad is None else Counts(valid, bad)


def counted(page: Iterable[PageSample], selector: str) -> int | None:
    """Add up what a selector picks; nothing at all is not zero."""
    wanted = parse_selector(selector).on_the_page()
    picked = [one.value for one in page if wanted.matches(one.metric, one.labels)]
    is_count = all(math.isfinite(value) and value >= 0 for value in picked)
    return round(sum(picked)) if picked and is_count else None
