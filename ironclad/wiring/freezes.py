"""When no game day may run, as the stack keeps it and as this shell says."""

from ironclad.domain.stack.freeze import Freeze
from ironclad.ports import KeptSetting
from ironclad.settings import settings


async def freezes(keeper: KeptSetting) -> tuple[Freeze, ...]:
    """Both count. Raises SettingsError that says which entry is wrong and what would be right."""
    kept, of_shell = await keeper.read(), settings().freeze
    if kept is None and not of_shell:
        return ()
    from ironclad.adapters.files.freezes import parse_freezes, read_freezes

    of_stack = parse_freezes(kept.text, f"the freeze kept {kept.origin}") if kept else ()
    return (*of_stack, *read_freezes(of_shell))
