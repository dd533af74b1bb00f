"""A third platform: stacks in memory, without a process, a cluster or a network."""

from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext

from ironclad.domain.stack.kept_setting import Kept, Setting
from ironclad.domain.stack.stack import StackRef
from ironclad.errors import StateError
from ironclad.game_day.toolbox import Toolbox
from ironclad.ports import KeptSetting
from ironclad.wiring.platforms.opener import JanitorPlace, Opener
from ironclad.wiring.target import StackTarget
from tests.fakes.memory.stack import MemoryStack


class KeptInMemory:
    def __init__(self) -> None:
        self.kept: Kept | None = None

    async def read(self) -> Kept | None:
        return self.kept

    async def write(self, kept: Kept) -> None:
        self.kept = kept

    async def remove(self) -> Kept | None:
        was, self.kept = self.kept, None
        return was


class MemoryOpener(Opener):
    def __init__(self) -> None:
        self.up: dict[StackRef, MemoryStack] = {}
        self.settings: dict[tuple[StackRef, Setting], KeptInMemory] = {}

    def open_toolbox(
        self, ref: StackRef, target: StackTarget
    ) -> AbstractAsyncContextManager[Toolbox]:
        del target
        return nullcontext(self.up[ref].tools)

    def kept(self, ref: StackRef, setting: Setting) -> AbstractAsyncContextManager[KeptSetting]:
        return nullcontext(self.settings.setdefault((ref, setting), KeptInMemory()))

    def janitor_place(self, ref: StackRef) -> JanitorPlace:
        raise StateError(f"{ref} has no janitor")

    def stacks(self) -> Iterable[StackRef]:
        return tuple(self.up)

    def replicas(self, stack: str) -> Sequence[str]:
        return tuple(
            name for ref, each in self.up.items() if ref.name == stack for name in each.replicas
        )


OPENER = MemoryOpener()
