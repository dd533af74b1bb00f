"""What a person's short form means: a fault and its share, or none to end it."""

import re
from collections.abc import Callable

from backend.chaos.faults import BreakerOpen, Error, Fault, Latency, NotReady, ParameterError
from backend.chaos.queries import DatabaseError, DatabaseSlow
from backend.chaos.stressors import MOST_MILLICORES, CpuBurn, MemoryPressure
from backend.chaos.unanswered import ConnectionReset, Hang

FaultAndShare = tuple[Fault | None, float]
"""The fault and its share; no fault ends what the same short form armed before."""

_WHOLE = re.compile(r"[0-9]{1,9}")
_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?")
_MOST_CORES = MOST_MILLICORES / 1000


def read_short_form(form: str, text: str) -> FaultAndShare:
    """Raises `ParameterError`."""
    return _READERS[form](text)


def _delay(fault: type[Latency] | type[DatabaseSlow]) -> Callable[[str], FaultAndShare]:
    def read(text: str) -> FaultAndShare:
        ms = _whole("ms", text, "The delay has to be whole milliseconds; 0 disarms.")
        return (fault(ms) if ms else None), 1.0

    return read


def _share(fault: Fault, what: str) -> Callable[[str], FaultAndShare]:
    def read(text: str) -> FaultAndShare:
        wrong = f"{what} are given in percent, 0 to 100; 0 disarms."
        percent = _number("percent", text, 100, wrong)
        return (fault if percent else None), percent / 100

    return read


def _switch(fault: Fault, on: str, off: str, what: str) -> Callable[[str], FaultAndShare]:
    def read(text: str) -> FaultAndShare:
        if text not in {on, off}:
            raise ParameterError("state", f"{what} can be set to {on} or {off}.")
        return (fault if text == on else None), 1.0

    return read


def _cpu(text: str) -> FaultAndShare:
    wrong = f"CPU is given in cores, 0 to {_MOST_CORES:g}; 0 disarms."
    millicores = round(_number("cores", text, _MOST_CORES, wrong) * 1000)
    return (CpuBurn(millicores) if millicores else None), 1.0


def _memory(text: str) -> FaultAndShare:
    mib = _whole("mib", text, "Memory has to be whole MiB; 0 disarms.")
    return (MemoryPressure(mib << 20) if mib else None), 1.0


def _whole(field: str, text: str, wrong: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise ParameterError(field, wrong)
    return int(text)


def _number(field: str, text: str, most: float, wrong: str) -> float:
    if not _NUMBER.fullmatch(text) or float(text) > most:
        raise ParameterError(field, wrong)
    return float(text)


_READERS: dict[str, Callable[[str], FaultAndShare]] = {
    "latency": _delay(Latency),
    "errors": _share(Error(), "Errors"),
    "hangs": _share(Hang(), "Hangs"),
    "resets": _share(ConnectionReset(), "Resets"),
    "circuit-breaker": _switch(BreakerOpen(), "open", "closed", "The circuit breaker"),
    "readiness": _switch(NotReady(), "not-ready", "ready", "Readiness"),
    "database-latency": _delay(DatabaseSlow),
    "database-errors": _share(DatabaseError(), "Errors"),
    "cpu": _cpu,
    "memory": _memory,
}
FORMS = tuple(_READERS)
