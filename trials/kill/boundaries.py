"""The step boundaries of a game day, in the order in which it reaches them."""

from enum import StrEnum


class Boundary(StrEnum):
    PLAN = "plan"
    LOCK = "lock"
    LOAD = "load started"
    BASELINE = "baseline"
    ENTRY = "entry written"
    HALF_ARMED = "arming half done"
    SEEN = "seen"
    RENEWING = "renewing"
    UNDO = "undo"
    RECOVERY = "recovery"
    MEASURING = "measuring"
    REPORT = "report"


ORDER: tuple[Boundary, ...] = tuple(Boundary)

BEFORE_LOAD = frozenset({Boundary.PLAN, Boundary.LOCK})
AFTER_LOAD = frozenset({Boundary.MEASURING, Boundary.REPORT})
