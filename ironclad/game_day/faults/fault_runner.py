"""What every fault at work can do, whichever family it belongs to."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar

from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.stack.undo import UndoEntry
from ironclad.game_day.faults.recorder import FaultRecorder
from ironclad.game_day.run import GameDay


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a family is looked at and spoken of; what stands in the journal begins with these words.

    `source` is who tells of its effect and of its end.
    """

    put_on: str
    undone: str
    stuck: str
    source: str
    looked_at_every_seconds: float


@dataclass(slots=True)
class FaultAtWork(ABC):
    """One planned fault. When its entry is written and struck is not its own business."""

    manner: ClassVar[Manner]
    day: GameDay
    planned: PlannedFault

    @property
    def fault(self) -> Fault:
        return self.planned.fault

    @property
    def recorder(self) -> FaultRecorder:
        return self.day.recorder_of(self.planned)

    @property
    def source(self) -> str:
        return self.manner.source

    @property
    def seen_within_seconds(self) -> float:
        """Without an effect by then, the dose is not what was asked for."""
        return self.fault.kind.spec.seen_within.total_seconds()

    @abstractmethod
    async def entry(self) -> UndoEntry:
        """Say how to take it back, before anything is touched."""

    @abstractmethod
    async def begin(self) -> None:
        """Put it on every target. Raises what the first failing step raised."""

    @abstractmethod
    async def keep(self) -> None:
        """Renew what would lapse; called in every pass of the guard."""

    @abstractmethod
    async def is_seen(self) -> bool:
        """Has it shown an effect?"""

    @abstractmethod
    async def is_over(self) -> bool:
        """Has it ended by itself before its time is up?"""

    @abstractmethod
    async def take_back(self) -> str:
        """Take it off; bounded. Gives why it is not known to be gone everywhere, or nothing."""
