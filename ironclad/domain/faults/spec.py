"""What is known of a kind of fault: whatever differs by kind is asked here, and nowhere else.

The kinds themselves stand in `catalogue`. A spec that contradicts itself is not made: what lacks
something fails when the catalogue is imported.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum, auto

from ironclad.domain.stack.platforms import PlatformSpec


class Family(StrEnum):
    """How a fault is put on and taken back."""

    REQUESTS = auto()
    """A lease on a share of a replica's requests; the replica counts what it hits."""

    QUERIES = auto()
    """The same of a replica's queries."""

    SWITCHES = auto()
    """A lease on something that a replica does for all requests alike."""

    STRESSORS = auto()
    """A lease on a process beside the replica."""

    TERMINATIONS = auto()
    """An instant: it happens and is over, and the platform brings back what ended."""

    PLATFORM_CHANGES = auto()
    """A change of the platform that lasts until it is restored from what the ledger keeps."""


class Scope(StrEnum):
    REPLICAS = auto()
    """The replicas that its target names or counts."""

    EVERY_REPLICA = auto()
    DATABASE = auto()


class Ending(StrEnum):
    """How a termination ends its targets."""

    KILLED = auto()
    DRAINED = auto()
    """SIGTERM: a replica can say that it is not ready before it goes."""

    EVICTED = auto()
    """Drained, where the disruption budget allows it."""


class Sign(StrEnum):
    """What shows that a lease has effect; only from then on does its time count."""

    MARKED_ANSWER = auto()
    """A client got an answer with the fault's mark."""

    NO_ANSWER = auto()
    """The replicas count hits, and clients failed or were answered late."""

    READINESS = auto()
    """No target's readiness probe says yes."""

    CPU_TIME = auto()
    HELD_MEMORY = auto()


class Effect(StrEnum):
    """What a request that was touched shows to its client; a mark alone proves nothing."""

    STATUS = auto()
    """The answer has the status that was armed."""

    DELAY = auto()
    """The answer takes at least the delay that was armed."""

    FAILURE = auto()
    """The answer is a 5xx: which one is up to the service."""

    NO_ANSWER = auto()
    """There is none while the fault lasts."""


class Harm(StrEnum):
    """What it costs, and who counts that."""

    NONE = auto()
    """Nothing, where the service copes."""

    SLOW = auto()
    FAILURES = auto()
    """Bad answers, at once; of a replica that was killed, what it had in flight."""

    LATE = auto()
    """No answer until the client gives up or the fault ends."""

    RESET = auto()
    """No answer, at once: no replica counts it."""

    STANDSTILL = auto()
    """Clients wait in vain until the balancer notices."""

    DATABASE_AWAY = auto()
    """No client gets an answer; how many of them a replica counts is not known."""

    NOT_PREDICTABLE = auto()


class Form(StrEnum):
    """How a parameter is written."""

    DURATION = auto()
    NUMBER = auto()
    SIZE = auto()
    CHOICE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One key of a kind's own. Without a default it is required, unless it is optional.

    Bounds are seconds, bytes or plain numbers; `name` is the field of a `Fault`.
    """

    name: str
    form: Form
    meaning: str
    example: str | float
    key: str = ""
    least: float = 0.0
    most: float = 0.0
    choices: tuple[int, ...] = ()
    default: float | None = None
    is_optional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Its row and section of `docs/reference/faults.md`; a sentence a fact."""

    does: str
    confirmed: str
    indicators: str
    """What the objectives' own indicators count of it."""
    ends: str = ""
    """What ends it besides its time, or what comes after it."""
    local: str = ""
    """How a local stack does it; empty for a fault that the replica makes itself."""
    cluster: str = ""


_ON_REQUESTS = frozenset({Sign.MARKED_ANSWER, Sign.NO_ANSWER})
_LEASED = frozenset({Family.REQUESTS, Family.QUERIES, Family.SWITCHES, Family.STRESSORS})


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultSpec:
    """`seen_within` is how long its effect may take to show.

    `noticed_within` is how long a balancer may go on sending requests to its targets.
    """

    family: Family
    scope: Scope
    harm: Harm
    words: Words
    in_backend: bool
    """A replica does it to itself, asked through its control routes."""
    seen_within: timedelta
    noticed_within: timedelta | None = None
    sign: Sign | None = None
    effect: Effect | None = None
    """Of all kinds that touch requests; what others do shows by their sign or their ending."""
    ending: Ending | None = None
    parameters: tuple[Parameter, ...] = ()

    def __post_init__(self) -> None:
        """Raises ValueError with everything that lacks or is too much."""
        wrong = [
            what
            for what, has, wants in (
                ("sign", self.sign is not None, self.is_leased),
                ("effect", self.effect is not None, self.sign in _ON_REQUESTS),
                ("ending", self.ending is not None, self.is_instant),
                ("noticed_within", self.noticed_within is not None, self.is_asked_no_more),
                ("words.local", bool(self.words.local), not self.in_backend),
                ("words.cluster", bool(self.words.cluster), not self.in_backend),
                ("in_backend", self.in_backend and not self.is_instant, self.is_leased),
            )
            if has != wants
        ]
        if wrong:
            raise ValueError(
                f"a fault of {self.family} lacks, or must not have, {', '.join(wrong)}"
            )

    def parameter(self, name: str) -> Parameter:
        return next(each for each in self.parameters if each.name == name)

    @property
    def is_leased(self) -> bool:
        return self.family in _LEASED

    @property
    def is_instant(self) -> bool:
        """It happens and is over; what lasts is the platform's way back."""
        return self.family is Family.TERMINATIONS

    @property
    def changes_platform(self) -> bool:
        return self.family is Family.PLATFORM_CHANGES

    @property
    def is_on_database(self) -> bool:
        return self.scope is Scope.DATABASE

    @property
    def takes_target(self) -> bool:
        return self.scope is Scope.REPLICAS

    @property
    def ends_replicas(self) -> bool:
        """The replica's life ends there, and the platform has to bring it back."""
        return self.is_instant and not self.is_on_database

    @property
    def kills_replicas(self) -> bool:
        return self.ends_replicas and self.ending is Ending.KILLED

    @property
    def leaves_in_order(self) -> bool:
        return self.ends_replicas and self.ending is not Ending.KILLED

    @property
    def stands_still(self) -> bool:
        """Its targets answer nothing while it lasts: no client, no probe, no renewal."""
        return self.changes_platform and not self.is_on_database

    @property
    def says_not_ready(self) -> bool:
        """A balancer can notice it before a request is lost."""
        return self.leaves_in_order or self.sign is Sign.READINESS

    @property
    def is_asked_no_more(self) -> bool:
        """A balancer takes its targets out, one by one."""
        return self.ends_replicas or self.stands_still or self.sign is Sign.READINESS

    @property
    def is_on_any_deployment(self) -> bool:
        """It needs nothing of the service itself."""
        return self.ends_replicas and not self.in_backend

    @property
    def counts_hits(self) -> bool:
        """It hits a share of what passes it, and counts both."""
        return self.family in {Family.REQUESTS, Family.QUERIES}

    @property
    def unit(self) -> str:
        """What passes it, and is hit by it."""
        return "query" if self.family is Family.QUERIES else "request"

    @property
    def units(self) -> str:
        return "queries" if self.family is Family.QUERIES else "requests"

    @property
    def marks_some(self) -> bool:
        """A marked answer shows it; how many are marked depends on what the service does."""
        return self.sign is Sign.MARKED_ANSWER and self.family is not Family.REQUESTS

    @property
    def slows_queries(self) -> bool:
        return self.family is Family.QUERIES and self.harm is Harm.SLOW

    def noticed_on(self, platform: PlatformSpec) -> timedelta | None:
        if self.noticed_within is None:
            return None
        return max(self.noticed_within, platform.notices_within)

    def costs_for(self, duration: timedelta) -> timedelta:
        """How long it costs requests: where replicas end or stand still, until that is noticed."""
        noticed = self.noticed_within or duration
        return noticed if self.is_instant else min(noticed, duration)
