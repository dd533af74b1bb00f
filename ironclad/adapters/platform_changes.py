"""The changes that a platform can make, by kind of fault, each by a small class."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Protocol

from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import Change
from ironclad.errors import IroncladError


class PlatformChange(Protocol):
    async def refusal(self, targets: Sequence[Replica]) -> str: ...

    async def before(self, targets: Sequence[Replica]) -> Mapping[str, str]: ...

    async def make(self, change: Change, lasts: timedelta) -> None: ...

    async def renew(self, change: Change) -> None: ...

    async def is_made(self, change: Change) -> bool: ...

    async def restore(self, change: Change) -> str: ...


class ChangesByKind:
    """Satisfies `ports.PlatformChanges` but for `snapshot`, which is the platform's own."""

    def __init__(
        self, changes: Mapping[FaultKind, PlatformChange], refused: Mapping[FaultKind, str]
    ) -> None:
        self._changes = changes
        self._refused = refused

    async def refusal(self, kind: FaultKind, targets: Sequence[Replica]) -> str:
        if refused := self._refused.get(kind):
            return refused
        return await self._changes[kind].refusal(targets) if kind in self._changes else ""

    async def before(self, kind: FaultKind, targets: Sequence[Replica]) -> Change:
        before = await self._changes[kind].before(targets) if kind in self._changes else {}
        return Change(kind=kind, targets=tuple(each.name for each in targets), before=before)

    async def make(self, change: Change, lasts: timedelta) -> None:
        await self._changes[change.kind].make(change, lasts)

    async def renew(self, change: Change) -> None:
        await self._changes[change.kind].renew(change)

    async def is_made(self, change: Change) -> bool:
        return await self._changes[change.kind].is_made(change)

    async def restore(self, change: Change) -> str:
        made = self._changes.get(change.kind)
        try:
            return await (made.restore(change) if made else self.start_again(change.targets))
        except IroncladError as error:
            return str(error)

    async def start_again(self, targets: Sequence[str]) -> str:
        """Take an instant back, where a platform gives up what ended."""
        del targets
        return ""
