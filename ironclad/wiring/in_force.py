"""What a stack keeps and this shell says as well: freezes, and who gets notices of a game day."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ironclad.domain.stack.freeze import Freeze
from ironclad.errors import IroncladError
from ironclad.ports import Announcer, KeptSetting
from ironclad.settings import settings


@dataclass(frozen=True, slots=True)
class Everyone:
    """Several announcers as one; the others still run when one fails."""

    announcers: Sequence[Announcer]

    async def announce(self, reason: str, message: str) -> None:
        """Raises the first error, once each was asked."""
        errors: list[IroncladError] = []
        for announcer in self.announcers:
            try:
                await announcer.announce(reason, message)
            except IroncladError as error:
                errors.append(error)
        if errors:
            raise errors[0]


@dataclass(frozen=True, slots=True)
class Addressees:
    """Those whom the stack keeps and those whom this shell names, each once."""

    keeper: KeptSetting

    async def announce(self, reason: str, message: str) -> None:
        kept, path = await self.keeper.read(), settings().notify
        if kept is not None or path is not None:
            await _notices(kept.text if kept else "", path).announce(reason, message)


def announcers(keeper: KeptSetting, *platform: Announcer) -> Announcer:
    """Give the platform, if it takes announcements, and every address that is named."""
    return Everyone((*platform, Addressees(keeper)))


@cache
def _notices(kept: str, path: Path | None) -> Announcer:
    from ironclad.adapters.notices import Notices, parse_addresses, read_addresses

    of_stack = parse_addresses(kept, Path("the addresses that the stack keeps"))
    of_shell = read_addresses(path) if path else ()
    return Notices(tuple(dict.fromkeys((*of_stack, *of_shell))))


async def freezes(keeper: KeptSetting) -> tuple[Freeze, ...]:
    """Both count. Raises SettingsError that says which entry is wrong and what would be right."""
    kept, of_shell = await keeper.read(), settings().freeze
    if kept is None and not of_shell:
        return ()
    from ironclad.adapters.files.freezes import parse_freezes, read_freezes

    of_stack = parse_freezes(kept.text, f"the freeze kept {kept.origin}") if kept else ()
    return (*of_stack, *read_freezes(of_shell))
