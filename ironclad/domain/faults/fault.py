"""A replica's own word on its faults, as the control routes give it."""

from dataclasses import dataclass

from ironclad.domain.faults.catalogue import FaultKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Stressor:
    """The use of CPU and memory by a fault's process, as it was last measured."""

    is_alive: bool
    cpu_seconds: float
    memory_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ArmedFault:
    """One fault that a replica reports; `seen` requests passed it, `hit` of them it touched.

    For faults on the database these are queries. CPU and memory faults have a `stressor`.
    """

    id: str
    kind: FaultKind
    share: float
    run: str
    expires_in_seconds: float
    seen: int
    hit: int
    stressor: Stressor | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaosStatus:
    """What one replica says; `reachable` False means that it said nothing, not that it is well.

    `kinds` are those that it can arm, None where it does not say. `memory_headroom_bytes` is how
    much it may be made to hold now.
    """

    replica: str
    reachable: bool
    enabled: bool = False
    faults: tuple[ArmedFault, ...] = ()
    breaker: str = ""
    clock_skew_seconds: float | None = None
    problem: str = ""
    kinds: tuple[str, ...] | None = None
    memory_headroom_bytes: int | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """How many requests (or queries) a fault saw and hit until now, or until it was taken off.

    `removed` is whether it was armed.
    """

    removed: bool
    seen: int
    hit: int
    stressor: Stressor | None = None
