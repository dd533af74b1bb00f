"""The kinds of faults, each with all that differs by kind: a new one is a member here.

Its neighbours show what a spec has. What else a new kind needs is on the page
`docs/contributing/add-a-fault.md`.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Self

from ironclad.domain.faults.spec import (
    Effect,
    Ending,
    Family,
    FaultSpec,
    Form,
    Harm,
    Parameter,
    Scope,
    Sign,
    Words,
)

BALANCER_LOOKS_EVERY = timedelta(seconds=1)
BALANCER_WAITS = timedelta(seconds=1)
"""For the answer to each look."""

_REFUSED_AT_ONCE = BALANCER_LOOKS_EVERY
"""A process that ended takes no connection at the next look."""

_ANSWERED_LATE = BALANCER_LOOKS_EVERY + BALANCER_WAITS
"""The answer to a look may take its time, or never come."""

_CLIENT_SEES = timedelta(seconds=5)
_LIFE_ENDS = timedelta(seconds=10)
"""A death shows as soon as the platform notices; an orderly leave takes its grace."""

_GRACE = timedelta(seconds=60)
_CHANGE_TAKES = timedelta(seconds=20)
"""A database stops in good order, and a network plugin takes its time."""

LONGEST_DELAY = timedelta(seconds=60)
STATUSES = (500, 502, 503, 504, 429)
LARGEST_BYTES = 1 << 44

_JITTER = Parameter(
    name="jitter",
    form=Form.DURATION,
    meaning="Spread of the delay, to either side.",
    example="50ms",
    most=LONGEST_DELAY.total_seconds(),
    is_optional=True,
)
_STATUS = Parameter(
    name="status",
    form=Form.CHOICE,
    meaning="What is answered instead.",
    example=503,
    choices=STATUSES,
    default=503,
)
_CORES = Parameter(
    name="cores",
    form=Form.NUMBER,
    meaning="How many cores are kept busy.",
    example=1.5,
    least=0.001,
    most=64,
    default=1.0,
)
_SIZE = Parameter(
    name="size_bytes",
    key="size",
    form=Form.SIZE,
    meaning="How much memory is held.",
    example="200Mi",
    least=1 << 20,
    most=LARGEST_BYTES,
)


def _delay(meaning: str, example: str) -> Parameter:
    return Parameter(
        name="delay",
        form=Form.DURATION,
        meaning=meaning,
        example=example,
        least=0.001,
        most=LONGEST_DELAY.total_seconds(),
    )


_MARK = "An answer carries the fault's id in `X-Ironclad-Fault`"
_STATUS_SEEN = f"{_MARK} and has the `status`."
_DELAY_SEEN = f"{_MARK} and takes at least the `delay`."
_FAILURE_SEEN = f"{_MARK} and is a 5xx."
_COUNTED = "The replica counts hits, and as many requests fail at their clients."
_OWN_PROCESS = "It also ends at its process's own deadline, and with the replica."
_NEXT_LIFE = "The replica runs as a new process."
_ALL_READY = "It is over when every replica is back and ready."
_IN_FLIGHT = "Only requests in flight fail, and no replica counts those."
_NO_DATABASE = "Clients get no answer. The plan says *only clients see*."


def _lease(
    *,
    family: Family,
    sign: Sign,
    harm: Harm,
    words: Words,
    effect: Effect | None = None,
    parameters: tuple[Parameter, ...] = (),
    noticed_within: timedelta | None = None,
) -> FaultSpec:
    return FaultSpec(
        family=family,
        scope=Scope.REPLICAS,
        in_backend=True,
        sign=sign,
        effect=effect,
        harm=harm,
        words=words,
        parameters=parameters,
        seen_within=_CLIENT_SEES,
        noticed_within=noticed_within,
    )


class FaultKind(StrEnum):
    spec: FaultSpec

    def __new__(cls, value: str, spec: FaultSpec | None = None) -> Self:
        """Raises TypeError for a kind without a spec."""
        if spec is None:
            raise TypeError(f"the kind {value} has no spec")
        member = str.__new__(cls, value)
        member._value_, member.spec = value, spec
        return member

    LATENCY = (
        "latency",
        _lease(
            family=Family.REQUESTS,
            sign=Sign.MARKED_ANSWER,
            effect=Effect.DELAY,
            harm=Harm.SLOW,
            parameters=(_delay("How much later answers come.", "300ms"), _JITTER),
            words=Words(
                does="Delays each answer by `delay`, plus or minus `jitter`.",
                confirmed=_DELAY_SEEN,
                indicators="Slow answers, from the threshold on.",
                ends="Waiting requests go on.",
            ),
        ),
    )
    ERROR = (
        "error",
        _lease(
            family=Family.REQUESTS,
            sign=Sign.MARKED_ANSWER,
            effect=Effect.STATUS,
            harm=Harm.FAILURES,
            parameters=(_STATUS,),
            words=Words(
                does="Answers with `status` in place of the service.",
                confirmed=_STATUS_SEEN,
                indicators="Every 5xx. A 429 is a good answer.",
            ),
        ),
    )
    HANG = (
        "hang",
        _lease(
            family=Family.REQUESTS,
            sign=Sign.NO_ANSWER,
            effect=Effect.NO_ANSWER,
            harm=Harm.LATE,
            words=Words(
                does="Accepts the request and does not answer.",
                confirmed=_COUNTED,
                indicators=(
                    "Availability: nothing (499). Latency: slow, once the client gives up."
                ),
                ends=(
                    "Waiting requests are answered late. A request without its client is dropped."
                ),
            ),
        ),
    )
    CONNECTION_RESET = (
        "connection-reset",
        _lease(
            family=Family.REQUESTS,
            sign=Sign.NO_ANSWER,
            effect=Effect.NO_ANSWER,
            harm=Harm.RESET,
            words=Words(
                does="Resets the TCP connection.",
                confirmed=_COUNTED,
                indicators="Nothing (499). The report names this blind spot.",
            ),
        ),
    )
    BREAKER_OPEN = (
        "breaker-open",
        _lease(
            family=Family.SWITCHES,
            sign=Sign.MARKED_ANSWER,
            effect=Effect.FAILURE,
            harm=Harm.FAILURES,
            words=Words(
                does="The circuit breaker behaves as if it were open.",
                confirmed=_FAILURE_SEEN,
                indicators="Fast 503.",
            ),
        ),
    )
    NOT_READY = (
        "not-ready",
        _lease(
            family=Family.SWITCHES,
            sign=Sign.READINESS,
            noticed_within=_ANSWERED_LATE,
            harm=Harm.NONE,
            words=Words(
                does="The readiness probe says no.",
                confirmed="No target's `/readyz` says yes.",
                indicators="Nothing, if the balancer stops asking the replica.",
            ),
        ),
    )
    DATABASE_SLOW = (
        "database-slow",
        _lease(
            family=Family.QUERIES,
            sign=Sign.MARKED_ANSWER,
            effect=Effect.DELAY,
            harm=Harm.SLOW,
            parameters=(_delay("How much longer each query takes.", "100ms"),),
            words=Words(
                does="Each query takes `delay` longer and keeps its connection.",
                confirmed=_DELAY_SEEN,
                indicators="Slow answers. 503 if queries exceed 2 s or the pool is empty.",
                ends="Waiting queries go on.",
            ),
        ),
    )
    DATABASE_ERROR = (
        "database-error",
        _lease(
            family=Family.QUERIES,
            sign=Sign.MARKED_ANSWER,
            effect=Effect.FAILURE,
            harm=Harm.FAILURES,
            words=Words(
                does="Each query fails as if the database were away.",
                confirmed=_FAILURE_SEEN,
                indicators="503, from the query or from the breaker that it opens.",
            ),
        ),
    )
    CPU_BURN = (
        "cpu-burn",
        _lease(
            family=Family.STRESSORS,
            sign=Sign.CPU_TIME,
            harm=Harm.NOT_PREDICTABLE,
            parameters=(_CORES,),
            words=Words(
                does="Keeps `cores` busy, in a process of its own.",
                confirmed="The process lives and its CPU time grows.",
                indicators="What the machine makes of it. No cost is predicted.",
                ends=_OWN_PROCESS,
            ),
        ),
    )
    MEMORY_PRESSURE = (
        "memory-pressure",
        _lease(
            family=Family.STRESSORS,
            sign=Sign.HELD_MEMORY,
            harm=Harm.NOT_PREDICTABLE,
            parameters=(_SIZE,),
            words=Words(
                does="Holds `size` of memory, in a process of its own.",
                confirmed="The process lives and holds all of it.",
                indicators="What the machine makes of it. No cost is predicted.",
                ends=f"{_OWN_PROCESS} It also ends at 80 % of memory in use.",
            ),
        ),
    )
    CRASH = (
        "crash",
        FaultSpec(
            family=Family.TERMINATIONS,
            scope=Scope.REPLICAS,
            in_backend=True,
            ending=Ending.KILLED,
            seen_within=_LIFE_ENDS,
            noticed_within=_REFUSED_AT_ONCE,
            harm=Harm.FAILURES,
            words=Words(
                does="The replica's process ends at once with exit code 70, without draining.",
                confirmed="The platform says that its life ended.",
                indicators=_IN_FLIGHT,
                ends=_ALL_READY,
            ),
        ),
    )
    REPLICA_KILL = (
        "replica-kill",
        FaultSpec(
            family=Family.TERMINATIONS,
            scope=Scope.REPLICAS,
            in_backend=False,
            ending=Ending.KILLED,
            seen_within=_LIFE_ENDS,
            noticed_within=_REFUSED_AT_ONCE,
            harm=Harm.FAILURES,
            words=Words(
                does="Kills the replica's first process.",
                local="SIGKILL.",
                cluster="PID 1 ends without draining.",
                confirmed=_NEXT_LIFE,
                indicators=_IN_FLIGHT,
                ends=_ALL_READY,
            ),
        ),
    )
    POD_DELETE = (
        "pod-delete",
        FaultSpec(
            family=Family.TERMINATIONS,
            scope=Scope.REPLICAS,
            in_backend=False,
            ending=Ending.DRAINED,
            seen_within=_GRACE,
            noticed_within=_ANSWERED_LATE,
            harm=Harm.NONE,
            words=Words(
                does="Lets the replica leave in good order.",
                local="SIGTERM.",
                cluster="The pod is deleted with its own grace period.",
                confirmed=_NEXT_LIFE,
                indicators="Nothing, if the replica drains.",
                ends=_ALL_READY,
            ),
        ),
    )
    EVICT = (
        "evict",
        FaultSpec(
            family=Family.TERMINATIONS,
            scope=Scope.REPLICAS,
            in_backend=False,
            ending=Ending.EVICTED,
            seen_within=_GRACE,
            noticed_within=_ANSWERED_LATE,
            harm=Harm.NONE,
            words=Words(
                does="Evicts the targets one after the other.",
                local="Refused: there is no disruption budget.",
                cluster="The eviction API.",
                confirmed="Those within the disruption budget leave. One too many gets 429.",
                indicators="Nothing, if the replicas drain.",
                ends=_ALL_READY,
            ),
        ),
    )
    ROLLING_RESTART = (
        "rolling-restart",
        FaultSpec(
            family=Family.TERMINATIONS,
            scope=Scope.EVERY_REPLICA,
            in_backend=False,
            ending=Ending.DRAINED,
            seen_within=timedelta(seconds=90),
            noticed_within=_ANSWERED_LATE,
            harm=Harm.NONE,
            words=Words(
                does="Restarts every replica. It takes no target.",
                local="SIGTERM one by one. The next follows when all are ready for 2 s.",
                cluster=(
                    "Sets `kubectl.kubernetes.io/restartedAt`, as kubectl does. The mark stays."
                ),
                confirmed="A first replica runs as a new process.",
                indicators="Nothing, if the replicas drain.",
                ends="It is over when every replica is new and ready.",
            ),
        ),
    )
    POSTGRES_KILL = (
        "postgres-kill",
        FaultSpec(
            family=Family.TERMINATIONS,
            scope=Scope.DATABASE,
            in_backend=False,
            ending=Ending.KILLED,
            seen_within=_LIFE_ENDS,
            harm=Harm.NOT_PREDICTABLE,
            words=Words(
                does="Kills the database. It takes no target.",
                local="SIGKILL of the postmaster. The supervisor starts it again.",
                cluster="SIGQUIT to PID 1: an immediate shutdown without a checkpoint.",
                confirmed="The database runs as a new process.",
                indicators="No cost is predicted.",
                ends="It is over when the database runs and every replica is ready.",
            ),
        ),
    )
    REPLICA_PAUSE = (
        "replica-pause",
        FaultSpec(
            family=Family.PLATFORM_CHANGES,
            scope=Scope.REPLICAS,
            in_backend=False,
            seen_within=_CHANGE_TAKES,
            noticed_within=_ANSWERED_LATE,
            harm=Harm.STANDSTILL,
            words=Words(
                does="Stops the replica's process for `for`.",
                local="SIGSTOP, then SIGCONT.",
                cluster="Refused: nothing in a container may stop its first process.",
                confirmed="The state of the process.",
                indicators="Clients wait until the balancer's health check fails, about 2 s.",
            ),
        ),
    )
    POSTGRES_DOWN = (
        "postgres-down",
        FaultSpec(
            family=Family.PLATFORM_CHANGES,
            scope=Scope.DATABASE,
            in_backend=False,
            seen_within=_CHANGE_TAKES,
            harm=Harm.DATABASE_AWAY,
            words=Words(
                does="Stops the database. It takes no target.",
                local="Stopped in the supervisor, then started.",
                cluster="`StatefulSet/postgres` is scaled to 0, then back.",
                confirmed="The database is down and no replica is ready.",
                indicators=_NO_DATABASE,
            ),
        ),
    )
    DATABASE_PARTITION = (
        "database-partition",
        FaultSpec(
            family=Family.PLATFORM_CHANGES,
            scope=Scope.DATABASE,
            in_backend=False,
            seen_within=_CHANGE_TAKES,
            harm=Harm.DATABASE_AWAY,
            words=Words(
                does="Cuts the connection to the database. It takes no target.",
                local="A cut in the relay before the database.",
                cluster="`NetworkPolicy/postgres-netpol` loses the backend. Open sessions end.",
                confirmed="No session is left and no replica is ready.",
                indicators=_NO_DATABASE,
            ),
        ),
    )
