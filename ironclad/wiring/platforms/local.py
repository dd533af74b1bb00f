"""Stacks on this machine, each with a folder of its own."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from ironclad.domain.stack.kept_setting import Setting
from ironclad.domain.stack.platforms import LOCAL
from ironclad.domain.stack.stack import StackRef, is_stack_name
from ironclad.errors import RefusedError
from ironclad.settings import settings
from ironclad.wiring.platforms.opener import JanitorPlace, Opener

if TYPE_CHECKING:
    from ironclad.game_day.toolbox import Toolbox
    from ironclad.ports import KeptSetting
    from ironclad.wiring.target import StackTarget


class LocalOpener(Opener):
    def open_toolbox(
        self, ref: StackRef, target: "StackTarget"
    ) -> "AbstractAsyncContextManager[Toolbox]":
        """Nothing here holds a connection between two calls."""
        from ironclad.wiring.platforms.local_tools import toolbox

        if target.workload is not None:
            name = target.workload.deployment
            raise RefusedError((f"{ref} has no Deployment {name}: that takes Kubernetes",))
        return nullcontext(toolbox(ref))

    def kept(self, ref: StackRef, setting: Setting) -> "AbstractAsyncContextManager[KeptSetting]":
        from ironclad.wiring.platforms.local_tools import kept_file

        return nullcontext(kept_file(ref, setting))

    def janitor_place(self, ref: StackRef) -> JanitorPlace:
        from ironclad.wiring.platforms.local_tools import platform

        local = platform(ref)
        return JanitorPlace(
            host="127.0.0.1",
            port=local.port("janitor"),
            record=local.folder.path / "janitor" / "deliveries.jsonl",
            token=local.folder.janitor_token,
        )

    def stacks(self) -> Iterator[StackRef]:
        """A folder of anything else is left alone."""
        root = settings().state
        if root.is_dir():
            names = sorted(path.name for path in root.iterdir() if _is_stack(path))
            yield from (StackRef(LOCAL, name) for name in names)

    def replicas(self, stack: str) -> Sequence[str]:
        from ironclad.adapters.local.folder import StackFolder
        from ironclad.adapters.local.record import read_record

        record = read_record(StackFolder(settings().state, stack).record)
        return record.replicas if record else ()


def _is_stack(folder: Path) -> bool:
    """Either file may have been lost."""
    ours = (folder / "stack.json", folder / "supervisord.conf")
    return is_stack_name(folder.name) and any(file.exists() for file in ours)


OPENER = LocalOpener()
