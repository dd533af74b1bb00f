"""One question of the verdict, with its answer in numbers."""

from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """Three, never two: what is not known is neither true nor false."""

    SHOWN = "shown"
    REFUTED = "refuted"
    UNKNOWN = "unknown"

    @property
    def known(self) -> bool | None:
        """None where it is not known."""
        return None if self is Answer.UNKNOWN else self is Answer.SHOWN


@dataclass(frozen=True, slots=True)
class Check:
    """`sentence` stands by itself and names its numbers."""

    subject: str
    answer: Answer
    sentence: str


def shown(subject: str, sentence: str) -> Check:
    return Check(subject, Answer.SHOWN, sentence)


def refuted(subject: str, sentence: str) -> Check:
    return Check(subject, Answer.REFUTED, sentence)


def unknown(subject: str, sentence: str) -> Check:
    return Check(subject, Answer.UNKNOWN, sentence)
