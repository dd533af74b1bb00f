"""The body of a PUT, as a `FaultOrder`; each refusal names its field."""

import dataclasses
import math
import re

from backend.chaos.faults import Fault, ParameterError
from backend.chaos.kinds import KINDS
from backend.chaos.registry import FaultOrder

LONGEST_LEASE_SECONDS = 3600
LONGEST_ATTACHED_SECONDS = 86_400
LARGEST_SEED = 2**63 - 1
LAST_EPOCH = 253_402_300_799
"""The last second of the year 9999."""
SHORTEST_GRACE_SECONDS, LONGEST_GRACE_SECONDS = 0.05, 5.0
DEFAULT_GRACE_SECONDS = 0.3
_COMMON = frozenset(
    {"kind", "share", "seed", "lease_seconds", "not_after", "run", "attached_seconds"}
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")


def parse_order(fault_id: str, body: dict[str, object]) -> FaultOrder:
    """Raises `ParameterError`."""
    run = None if body.get("run") is None else parse_name("run", body["run"])
    return FaultOrder(
        id=parse_name("id", fault_id),
        fault=_fault(body),
        lease_seconds=parse_lease(body.get("lease_seconds")),
        share=_number("share", body.get("share", 1.0), 0, 1),
        seed=_whole("seed", body.get("seed", 1)),
        not_after=_number("not_after", body.get("not_after", LAST_EPOCH), 0, LAST_EPOCH),
        run=run,
        attached_seconds=_attached(body.get("attached_seconds"), run),
    )


def parse_name(field: str, value: object) -> str:
    if not (isinstance(value, str) and _NAME.fullmatch(value)):
        raise ParameterError(
            field, f"{field} has to be 1 to 64 letters, digits, dots, colons, dashes, underscores."
        )
    return value


def parse_grace(body: dict[str, object]) -> float:
    """For how long a broken attachment may be missed."""
    for key in body.keys() - {"grace_seconds"}:
        raise ParameterError(key, f"An attachment has no parameter {key[:64]!r}.")
    grace = body.get("grace_seconds", DEFAULT_GRACE_SECONDS)
    return _number("grace_seconds", grace, SHORTEST_GRACE_SECONDS, LONGEST_GRACE_SECONDS)


def _attached(value: object, run: str | None) -> float | None:
    if value is None:
        return None
    if run is None:
        raise ParameterError("run", "attached_seconds needs run: an attachment is of a run.")
    return parse_lease(value, "attached_seconds", LONGEST_ATTACHED_SECONDS)


def parse_lease(
    value: object, field: str = "lease_seconds", longest: float = LONGEST_LEASE_SECONDS
) -> float:
    seconds = _number(field, value, 0, longest)
    if not seconds > 0:
        raise ParameterError(field, f"{field} has to be more than 0.")
    return seconds


def _fault(body: dict[str, object]) -> Fault:
    kind = KINDS.get(str(body.get("kind")))
    if kind is None:
        raise ParameterError("kind", f"kind has to be one of {', '.join(KINDS)}.")
    parameters = {key: value for key, value in body.items() if key not in _COMMON}
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    for key in parameters:
        if key not in fields:
            raise ParameterError(key, f"{kind.kind} has no parameter {key[:64]!r}.")
    for name, field in fields.items():
        if field.default is dataclasses.MISSING and name not in parameters:
            raise ParameterError(name, f"{kind.kind} needs {name}.")
    return kind(**{key: _whole(key, value) for key, value in parameters.items()})


def _whole(field: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or abs(value) > LARGEST_SEED:
        raise ParameterError(field, f"{field} has to be a whole number.")
    return value


def _number(field: str, value: object, lowest: float, highest: float) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not lowest <= value <= highest:  # type: ignore[arg-type,operator]
        raise ParameterError(field, f"{field} has to be a number from {lowest} to {highest}.")
    return float(value)  # type: ignore[arg-type]
