"""What a schema cannot say of each kind of fault: one entry a kind, a sentence a fact."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    does: str
    confirmed: str
    """What shows that it has effect; only from then on does its time count."""
    indicators: str
    """What the objectives' own indicators count of it."""
    ends: str = ""
    """What ends it besides its time, or what comes after it."""
    local: str = ""
    """How a local stack does it; empty for a fault that the replica makes itself."""
    cluster: str = ""


_MARKED = "An answer carries the fault's id in `X-Ironclad-Fault`."
_COUNTED = "The replica counts hits, and as many requests fail at their clients."
_QUERIES_GO_ON = "Waiting queries go on."
_OWN_PROCESS = "It also ends at its process's own deadline, and with the replica."
_NEXT_LIFE = "The replica runs as a new process."
_ALL_READY = "It is over when every replica is back and ready."
_IN_FLIGHT = "Only requests in flight fail, and no replica counts those."
_NO_DATABASE = "Clients get no answer. The plan says *only clients see*."

WORDS: Mapping[str, Words] = {
    "latency": Words(
        does="Delays each answer by `delay`, plus or minus `jitter`.",
        confirmed=_MARKED,
        indicators="Slow answers, from the threshold on.",
        ends="Waiting requests go on.",
    ),
    "error": Words(
        does="Answers with `status` in place of the service.",
        confirmed=_MARKED,
        indicators="Every 5xx. A 429 is a good answer.",
    ),
    "hang": Words(
        does="Accepts the request and does not answer.",
        confirmed=_COUNTED,
        indicators="Availability: nothing (499). Latency: slow, once the client gives up.",
        ends="Waiting requests are answered late. A request without its client is dropped.",
    ),
    "connection-reset": Words(
        does="Resets the TCP connection.",
        confirmed=_COUNTED,
        indicators="Nothing (499). The report names this blind spot.",
    ),
    "breaker-open": Words(
        does="The circuit breaker behaves as if it were open.",
        confirmed=_MARKED,
        indicators="Fast 503.",
    ),
    "not-ready": Words(
        does="The readiness probe says no.",
        confirmed="No target's `/readyz` says yes.",
        indicators="Nothing, if the balancer stops asking the replica.",
    ),
    "database-slow": Words(
        does="Each query takes `delay` longer and keeps its connection.",
        confirmed=_MARKED,
        indicators="Slow answers. 503 if queries exceed 2 s or the pool is empty.",
        ends=_QUERIES_GO_ON,
    ),
    "database-error": Words(
        does="Each query fails as if the database were away.",
        confirmed=_MARKED,
        indicators="503, from the query or from the breaker that it opens.",
    ),
    "cpu-burn": Words(
        does="Keeps `cores` busy, in a process of its own.",
        confirmed="The process lives and its CPU time grows.",
        indicators="What the machine makes of it. No cost is predicted.",
        ends=_OWN_PROCESS,
    ),
    "memory-pressure": Words(
        does="Holds `size` of memory, in a process of its own.",
        confirmed="The process lives and holds all of it.",
        indicators="What the machine makes of it. No cost is predicted.",
        ends=f"{_OWN_PROCESS} It also ends at 80 % of memory in use.",
    ),
    "crash": Words(
        does="The replica's process ends at once with exit code 70, without draining.",
        confirmed="The platform says that its life ended.",
        indicators=_IN_FLIGHT,
        ends=_ALL_READY,
    ),
    "replica-kill": Words(
        does="Kills the replica's first process.",
        local="SIGKILL.",
        cluster="PID 1 ends without draining.",
        confirmed=_NEXT_LIFE,
        indicators=_IN_FLIGHT,
        ends=_ALL_READY,
    ),
    "pod-delete": Words(
        does="Lets the replica leave in good order.",
        local="SIGTERM.",
        cluster="The pod is deleted with its own grace period.",
        confirmed=_NEXT_LIFE,
        indicators="Nothing, if the replica drains.",
        ends=_ALL_READY,
    ),
    "evict": Words(
        does="Evicts the targets one after the other.",
        local="Refused: there is no disruption budget.",
        cluster="The eviction API.",
        confirmed="Those within the disruption budget leave. One too many gets 429.",
        indicators="Nothing, if the replicas drain.",
        ends=_ALL_READY,
    ),
    "rolling-restart": Words(
        does="Restarts every replica. It takes no target.",
        local="SIGTERM one by one. The next follows when all are ready for 1.5 s.",
        cluster="Sets `kubectl.kubernetes.io/restartedAt`, as kubectl does. The mark stays.",
        confirmed="A first replica runs as a new process.",
        indicators="Nothing, if the replicas drain.",
        ends="It is over when every replica is new and ready.",
    ),
    "postgres-kill": Words(
        does="Kills the database. It takes no target.",
        local="SIGKILL of the postmaster. The supervisor starts it again.",
        cluster="SIGQUIT to PID 1: an immediate shutdown without a checkpoint.",
        confirmed="The database runs as a new process.",
        indicators="No cost is predicted.",
        ends="It is over when the database runs and every replica is ready.",
    ),
    "replica-pause": Words(
        does="Stops the replica's process for `for`.",
        local="SIGSTOP, then SIGCONT.",
        cluster="Refused: nothing in a container may stop its first process.",
        confirmed="The state of the process.",
        indicators="Clients wait until the balancer's health check fails, about 2 s.",
    ),
    "postgres-down": Words(
        does="Stops the database. It takes no target.",
        local="Stopped in the supervisor, then started.",
        cluster="`StatefulSet/postgres` is scaled to 0, then back.",
        confirmed="The database is down and no replica is ready.",
        indicators=_NO_DATABASE,
    ),
    "database-partition": Words(
        does="Cuts the connection to the database. It takes no target.",
        local="A cut in the relay before the database.",
        cluster="`NetworkPolicy/postgres-netpol` loses the backend. Open sessions end.",
        confirmed="No session is left and no replica is ready.",
        indicators=_NO_DATABASE,
    ),
}
