"""Who hears of a game day beside the platform: nobody, until addresses are named."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ironclad.errors import IroncladError
from ironclad.ports import Announcer, KeptSetting
from ironclad.settings import settings


@dataclass(frozen=True, slots=True)
class Everyone:
    """Several announcers as one; one that fails keeps no other from hearing."""

    announcers: Sequence[Announcer]

    async def announce(self, reason: str, message: str) -> None:
        """Raises the first error, once everybody was told."""
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


def told(keeper: KeptSetting, *platform: Announcer) -> Announcer:
    """Give who is to be told: the platform, if it listens, and whoever is named."""
    return Everyone((*platform, Addressees(keeper)))


@cache
def _notices(kept: str, path: Path | None) -> Announcer:
    from ironclad.adapters.notices import Notices, parse_addresses, read_addresses

    of_stack = parse_addresses(kept, Path("the addresses that the stack keeps"))
    of_shell = read_addresses(path) if path else ()
    return Notices(tuple(dict.fromkeys((*of_stack, *of_shell))))
