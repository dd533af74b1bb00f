"""What a check found, and what to do about it."""

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of `ironclad check`; a problem always names its remedy."""

    subject: str
    level: Level
    message: str
    remedy: str = ""
