"""What every fault at work can do, whichever family it belongs to."""

from dataclasses import dataclass
from typing import Protocol

from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.stack.undo import UndoEntry
from ironclad.game_day.faults.recorder import FaultRecorder


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


class FaultAtWork(Protocol):
    """One planned fault. When its entry is written and struck is not its own business."""

    planned: PlannedFault
    recorder: FaultRecorder

    @property
    def manner(self) -> Manner: ...

    @property
    def seen_within_seconds(self) -> float:
        """Without an effect by then, the dose is not what was asked for."""

    async def entry(self) -> UndoEntry:
        """Say how to take it back, before anything is touched."""

    async def begin(self) -> None:
        """Put it on every target. Raises what the first failing step raised."""

    async def keep(self) -> None:
        """Renew what would lapse; called in every pass of the guard."""

    async def is_seen(self) -> bool:
        """Has it shown an effect?"""

    async def is_over(self) -> bool:
        """Has it ended by itself before its time is up?"""

    async def take_back(self) -> str:
        """Take it off; bounded. Gives why it is not known to be gone everywhere, or nothing."""
