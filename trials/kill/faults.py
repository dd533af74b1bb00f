"""The faults of the trials, a few seconds each; a kind that this version lacks is left out."""

from dataclasses import dataclass

from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.faults.spec import FaultSpec
from trials.kill.boundaries import Boundary

LASTS_SECONDS = 7.0

_TWO = "target: {replicas: 2}"
_ONE = "target: {replicas: 1}"


@dataclass(frozen=True, slots=True)
class TrialFault:
    """`keys` are those of the experiment's YAML beside id, kind and time.

    `within_seconds` is how long the platform may take to bring back what an instant ended.
    """

    kind: str
    keys: str = ""
    within_seconds: int = 12

    @property
    def is_known(self) -> bool:
        return self.kind in set(FaultKind)

    @property
    def spec(self) -> FaultSpec:
        """Raises ValueError for a kind that is not known."""
        return FaultKind(self.kind).spec

    @property
    def time(self) -> str:
        """Long enough for a ledger entry to be renewed, every 5 s, while it lasts."""
        lasts = f"for: {LASTS_SECONDS:g}s"
        return f"within: {self.within_seconds}s" if self.spec.is_instant else lasts

    @property
    def boundaries(self) -> frozenset[Boundary]:
        """An instant has nothing to renew; only what is armed replica by replica can be half."""
        missing = {Boundary.RENEWING, Boundary.UNDO} if self.spec.is_instant else set()
        is_armed_by_parts = self.spec.is_leased and _TWO in self.keys
        return (
            frozenset(Boundary) - missing - (set() if is_armed_by_parts else {Boundary.HALF_ARMED})
        )


ERROR = TrialFault("error", f"{_TWO}, share: 1.0, status: 503")

FAULTS: tuple[TrialFault, ...] = (
    ERROR,
    TrialFault("latency", f"{_TWO}, delay: 200ms"),
    TrialFault("hang", f"{_TWO}, share: 0.2"),
    TrialFault("connection-reset", f"{_TWO}, share: 0.5"),
    TrialFault("not-ready", _TWO),
    TrialFault("breaker-open", _TWO),
    TrialFault("database-slow", f"{_TWO}, delay: 200ms"),
    TrialFault("database-error", f"{_TWO}, share: 0.5"),
    TrialFault("cpu-burn", f"{_ONE}, cores: 1"),
    TrialFault("memory-pressure", f"{_ONE}, size: 50Mi"),
    TrialFault("crash", _ONE),
    TrialFault("replica-kill", _TWO),
    TrialFault("pod-delete", _ONE),
    TrialFault("rolling-restart", within_seconds=35),
    TrialFault("postgres-kill"),
    TrialFault("replica-pause", _ONE),
    TrialFault("database-partition"),
)
