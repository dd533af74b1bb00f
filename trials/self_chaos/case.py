"""What is broken, how, how it is mended, and how it ended."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from trials.self_chaos.scene import Scene


class Place(StrEnum):
    STACK = "real stack"
    PARTS = "real sockets, a fake API server"
    MODEL = "virtual time"


async def nothing(scene: Scene) -> None:
    del scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A game day on the real stack with `act` in the middle of its fault."""

    name: str
    before: Callable[[Scene], Awaitable[None]] = nothing
    """What is broken, or prepared, before the game day begins."""
    act: Callable[[Scene], Awaitable[None]] | None = None
    """None where all was broken before, so that perhaps no fault is ever armed."""
    mend: Callable[[Scene], Awaitable[None]] = nothing
    """What a person does afterwards: start what was stopped, delete what is damaged."""
    clear: Callable[[Scene], Awaitable[None]] = nothing
    """What the harness itself put there; after everything else."""
    spoils_ledger: bool = False
    """Whether the ledger names damage until a person has mended it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A case without a stack; gives how it ended, raises anything if not well."""

    name: str
    place: Place
    play: Callable[[], Awaitable[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`problem` is empty where the outcome was clear and nothing was left."""

    name: str
    place: Place
    outcome: str
    fault_free_seconds: float | None = None
    """From the end of the game day until no replica, lock, ledger or load was left."""
    problem: str = ""

    @property
    def is_well(self) -> bool:
        return not self.problem
