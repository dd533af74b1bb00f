"""What becomes of one planned fault: the part of the evidence that its runner writes."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from ironclad.domain.evidence.evidence import FaultRecord
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.faults.fault import Tally


class FaultRecorder:
    """Each method records one thing that was seen; `record` is all that is known by now."""

    def __init__(self, planned: PlannedFault) -> None:
        self.record = FaultRecord(id=planned.fault.id, targets=planned.target_names)

    def aimed_at(self, targets: tuple[str, ...]) -> None:
        self.record = replace(self.record, targets=targets)

    def armed(self, at: datetime) -> None:
        self.record = replace(self.record, armed_at=at)

    def seen(self, at: datetime) -> None:
        self.record = replace(self.record, seen_at=at)

    def undone(self, at: datetime) -> None:
        self.record = replace(self.record, undone_at=at)

    def failed(self, problem: str) -> None:
        """The last problem stands."""
        self.record = replace(self.record, problem=problem)

    def lapsed(self, why: str) -> None:
        """A lease ended while the fault was wanted; nothing later takes that back."""
        self.record = replace(self.record, lapsed=True, problem=why)

    def overdue(self) -> None:
        self.record = replace(self.record, overdue=True)

    def evicted(self, refused: tuple[str, ...], undue: str) -> None:
        """`undue` says what a disruption budget let through and should have refused."""
        self.record = replace(self.record, refused=refused, undue=undue)

    def counted(self, tallies: Collection[Tally], cut: Mapping[str, datetime]) -> None:
        """The last word of each target that gave one, and the targets that the plan ended."""
        if not tallies:
            return
        stressors = [tally.stressor for tally in tallies if tally.stressor is not None]
        self.record = replace(
            self.record,
            seen=sum(tally.seen for tally in tallies),
            hit=sum(tally.hit for tally in tallies),
            cpu_seconds=sum(each.cpu_seconds for each in stressors) if stressors else None,
            held_bytes=min((each.memory_bytes for each in stressors), default=None),
            cut=cut,
        )
