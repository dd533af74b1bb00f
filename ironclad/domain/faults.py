"""A replica's own word on its faults, as the control routes give it."""

from dataclasses import dataclass

from ironclad.domain.experiment import FaultKind


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmedFault:
    """One fault that a replica reports; `seen` requests passed it, `hit` of them it touched."""

    id: str
    kind: FaultKind
    share: float
    run: str
    expires_in_seconds: float
    seen: int
    hit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaosStatus:
    """What one replica says; `reachable` False means that it said nothing, not that it is well."""

    replica: str
    reachable: bool
    enabled: bool = False
    faults: tuple[ArmedFault, ...] = ()
    breaker: str = ""
    clock_skew_seconds: float | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many requests a fault saw and hit until it was taken off."""

    removed: bool
    seen: int
    hit: int
