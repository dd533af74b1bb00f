"""The faults of the trials, a few seconds each; a kind that this version lacks is left out."""

from dataclasses import dataclass
from enum import StrEnum

from ironclad.domain.faults.catalogue import FaultKind
from trials.kill.boundaries import Boundary

LASTS_SECONDS = 7.0

_TWO = "target: {replicas: 2}"
_ONE = "target: {replicas: 1}"


class Family(StrEnum):
    """What kind of change it is, which decides how long a kill may leave it behind."""

    BACKEND = "backend"
    """Lives in a replica, as a lease."""

    INSTANT = "instant"
    """Happens and is over; the platform brings back what it ended."""

    PLATFORM_CHANGE = "platform-change"
    """A change of the platform that somebody has to take back."""


@dataclass(frozen=True, slots=True)
class TrialFault:
    """`keys` are those of the experiment's YAML beside id, kind and time.

    `within_seconds` is how long the platform may take to bring back what an instant ended.
    """

    kind: str
    family: Family
    keys: str = ""
    within_seconds: int = 12

    @property
    def is_known(self) -> bool:
        return self.kind in set(FaultKind)

    @property
    def time(self) -> str:
        """Long enough for a ledger entry to be renewed, every 5 s, while it lasts."""
        is_instant = self.family is Family.INSTANT
        return f"within: {self.within_seconds}s" if is_instant else f"for: {LASTS_SECONDS:g}s"

    @property
    def boundaries(self) -> frozenset[Boundary]:
        """An instant has nothing to renew; only what is armed replica by replica can be half."""
        missing = {
            Family.BACKEND: set() if _TWO in self.keys else {Boundary.HALF_ARMED},
            Family.INSTANT: {Boundary.HALF_ARMED, Boundary.RENEWING, Boundary.UNDO},
            Family.PLATFORM_CHANGE: {Boundary.HALF_ARMED},
        }[self.family]
        return frozenset(set(Boundary) - missing)


ERROR = TrialFault("error", Family.BACKEND, f"{_TWO}, share: 1.0, status: 503")

FAULTS: tuple[TrialFault, ...] = (
    ERROR,
    TrialFault("latency", Family.BACKEND, f"{_TWO}, delay: 200ms"),
    TrialFault("hang", Family.BACKEND, f"{_TWO}, share: 0.2"),
    TrialFault("connection-reset", Family.BACKEND, f"{_TWO}, share: 0.5"),
    TrialFault("not-ready", Family.BACKEND, _TWO),
    TrialFault("breaker-open", Family.BACKEND, _TWO),
    TrialFault("database-slow", Family.BACKEND, f"{_TWO}, delay: 200ms"),
    TrialFault("database-error", Family.BACKEND, f"{_TWO}, share: 0.5"),
    TrialFault("cpu-burn", Family.BACKEND, f"{_ONE}, cores: 1"),
    TrialFault("memory-pressure", Family.BACKEND, f"{_ONE}, size: 50Mi"),
    TrialFault("crash", Family.INSTANT, _ONE),
    TrialFault("replica-kill", Family.INSTANT, _TWO),
    TrialFault("pod-delete", Family.INSTANT, _ONE),
    TrialFault("rolling-restart", Family.INSTANT, within_seconds=35),
    TrialFault("postgres-kill", Family.INSTANT),
    TrialFault("replica-pause", Family.PLATFORM_CHANGE, _ONE),
    TrialFault("database-partition", Family.PLATFORM_CHANGE),
)
