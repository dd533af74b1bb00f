"""What was seen, and what to do about it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.judging.assessment import Assessment


class Severity(StrEnum):
    PROBLEM = "problem"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Recommendation:
    severity: Severity
    observation: str
    recommendation: str


Found = Iterator[Recommendation]
Rule = Callable[[Evidence, Assessment], Found]


def problem(observation: str, recommendation: str) -> Recommendation:
    return Recommendation(Severity.PROBLEM, observation, recommendation)


def warning(observation: str, recommendation: str) -> Recommendation:
    return Recommendation(Severity.WARNING, observation, recommendation)


def note(observation: str, recommendation: str) -> Recommendation:
    return Recommendation(Severity.NOTE, observation, recommendation)
