"""The kinds of service level indicator, each with what is bad to it: a new one is a member here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from operator import attrgetter
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from ironclad.domain.load.load import Attempt, LoadSecond
    from ironclad.domain.slo.slo import Objective


@dataclass(frozen=True, slots=True, kw_only=True)
class SliSpec:
    """What a client sees of the events that a counter in Prometheus calls bad."""

    bad: str
    """What a person calls a bad request."""
    counts_failures: bool
    """Each 5xx is bad. Else the status alone tells nothing, and clients may count more than we."""
    bad_of: "Callable[[Sequence[Attempt], Objective], int]"
    """How many of a client's rows are bad."""
    bad_in: "Callable[[LoadSecond], int]"


def _failed(attempts: "Sequence[Attempt]", _: "Objective") -> int:
    return sum(row.is_bad for row in attempts)


def _slow(attempts: "Sequence[Attempt]", objective: "Objective") -> int:
    """A quick 5xx is good, and no answer at all is not."""
    limit = (objective.latency_threshold or timedelta.max).total_seconds()
    return sum(row.status is None or row.latency_seconds > limit for row in attempts)


class Sli(StrEnum):
    spec: SliSpec

    def __new__(cls, name: str, spec: SliSpec) -> Self:
        made = str.__new__(cls, name)
        made._value_ = name
        made.spec = spec
        return made

    AVAILABILITY = (
        "availability",
        SliSpec(
            bad="bad",
            counts_failures=True,
            bad_of=_failed,
            bad_in=attrgetter("failed"),
        ),
    )
    LATENCY = (
        "latency",
        SliSpec(
            bad="slow",
            counts_failures=False,
            bad_of=_slow,
            bad_in=attrgetter("slow"),
        ),
    )
