"""Every kind of fault. A new one is a class, wherever it belongs, and an entry here."""

from backend.chaos.child import IS_POSSIBLE
from backend.chaos.crash import Crash
from backend.chaos.faults import BreakerOpen, Error, Fault, Latency, NotReady
from backend.chaos.queries import DatabaseError, DatabaseSlow
from backend.chaos.stressors import CpuBurn, MemoryPressure
from backend.chaos.unanswered import ConnectionReset, Hang

KINDS: dict[str, type[Fault]] = {
    kind.kind: kind
    for kind in (
        *(Latency, Error, Hang, ConnectionReset, NotReady, BreakerOpen),
        *(DatabaseSlow, DatabaseError, CpuBurn, MemoryPressure, Crash),
    )
}


def possible_kinds(*, resets: bool) -> list[str]:
    """Those that can be armed here; `resets` tells whether the server can reset a connection."""
    return [name for name, kind in KINDS.items() if _is_possible(kind, resets=resets)]


def _is_possible(kind: type[Fault], *, resets: bool) -> bool:
    if kind is ConnectionReset:
        return resets
    return IS_POSSIBLE or kind not in {CpuBurn, MemoryPressure}
