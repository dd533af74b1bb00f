"""A replica's own metrics page, read straight from it."""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus

from prometheus_client.parser import text_string_to_metric_families

from ironclad.adapters.http.calls import MALFORMED, Call, Reply, on_one_line, send
from ironclad.adapters.http.transport import ReplicaAccess
from ironclad.domain.evidence.evidence import ReplicaCounters
from ironclad.domain.slo.selector import parse_selector
from ironclad.domain.slo.slo import Counts, Objective
from ironclad.domain.stack.stack import Replica
from ironclad.errors import RemoteError, UnreachableError

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


_STARTED = "process_start_time_seconds"
_TYPE = re.compile(r"[ \t]*#[ \t]*TYPE[ \t]")


class ReplicaMetricsPage:
    def __init__(self, access: ReplicaAccess) -> None:
        self._access = access

    async def counters(
        self, replica: Replica, objectives: Sequence[Objective]
    ) -> ReplicaCounters | None:
        """Leave out an objective whose series the page lacks: that is unknown, not zero."""
        url = replica.url.rstrip("/") + "/metrics"
        try:
            transport = await self._access.transport()
            reply = await send(
                Call(who=f"replica {replica.name}", method="GET", url=url, transport=transport)
            )
        except UnreachableError:
            return None
        return _counters(replica, objectives, _parsed(reply), datetime.now(UTC))


def _parsed(reply: Reply) -> list[PageSample]:
    if reply.status != HTTPStatus.OK:
        raise reply.unexpected("is no metrics page")
    try:
        return page_samples(reply.text)
    except MALFORMED as error:
        raise reply.unexpected(f"is no metrics page ({on_one_line(str(error))})") from error


def page_samples(page: str) -> list[PageSample]:
    """Keep each name as the page has it, as Prometheus does.

    The parser appends `_total` to a counter that lacks it. Without the types nothing is renamed.
    """
    plain = "\n".join(line for line in page.splitlines() if not _TYPE.match(line)) + "\n"
    families = text_string_to_metric_families(plain)
    return [PageSample(s.name, s.labels, s.value) for family in families for s in family.samples]


def _counters(
    replica: Replica, objectives: Sequence[Objective], page: list[PageSample], read_at: datetime
) -> ReplicaCounters:
    counted = {one.name: objective_counts(page, one) for one in objectives}
    return ReplicaCounters(
        replica=replica.name,
        read_at=read_at,
        started_at=_started_at(replica, page),
        counts={name: counts for name, counts in counted.items() if counts is not None},
        load_counts=load_counts(page) or Counts(0, 0),
    )


def _started_at(replica: Replica, page: list[PageSample]) -> float:
    for sample in page:
        if sample.metric == _STARTED:
            return sample.value
    raise RemoteError(
        f"the metrics page of replica {replica.name} has no {_STARTED}, "
        "so a restart looks the same as a minute without requests"
    )
