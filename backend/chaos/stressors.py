"""Faults that press on the machine, from a process of their own (see `backend.burn`)."""

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from backend.burn.headroom import MOST_RATIO, NoAccountError, headroom_bytes
from backend.chaos.faults import CannotError, check_range

MOST_MILLICORES = 64_000
LEAST_BYTES = 1 << 20
MOST_BYTES = 1 << 44
_MIB = 1 << 20


@runtime_checkable
class Stressor(Protocol):
    kind: ClassVar[str]

    def arguments(self) -> tuple[str, str]:
        """Give the arguments of `backend.burn`. Raises `CannotError`."""
        ...


@dataclass(frozen=True, slots=True)
class CpuBurn:
    """Keeps so many thousandths of a core busy."""

    kind: ClassVar[str] = "cpu-burn"
    millicores: int = 1000

    def __post_init__(self) -> None:
        check_range("millicores", self.millicores, 1, MOST_MILLICORES)

    def arguments(self) -> tuple[str, str]:
        return "cpu", str(self.millicores)


@dataclass(frozen=True, slots=True)
class MemoryPressure:
    """Holds memory, but never so much that more than 80 % of what there is would be in use."""

    kind: ClassVar[str] = "memory-pressure"
    size_bytes: int

    def __post_init__(self) -> None:
        check_range("size_bytes", self.size_bytes, LEAST_BYTES, MOST_BYTES)

    def arguments(self) -> tuple[str, str]:
        headroom = memory_headroom()
        if headroom is None or headroom < self.size_bytes:
            left = "nothing is known to be" if headroom is None else f"{headroom // _MIB} MiB are"
            raise CannotError(
                f"{self.size_bytes // _MIB} MiB cannot be held: {left} left until"
                f" {MOST_RATIO * 100:g} % of the memory here is in use."
            )
        return "memory", str(self.size_bytes)


def memory_headroom() -> int | None:
    """How many bytes memory-pressure may hold here now; None where the system does not say."""
    try:
        return headroom_bytes()
    except NoAccountError:
        return None
