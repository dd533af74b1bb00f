"""Who hears of a game day beside the platform: nobody, until a file of addresses is named."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ironclad.errors import IroncladError
from ironclad.game_day.toolbox import Unheard
from ironclad.ports import Announcer
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


def told(*platform: Announcer) -> Announcer:
    """Give who is to be told: the platform, if it listens, and whoever the settings name."""
    path = settings().notify
    others = [_notices(path)] if path else []
    return Everyone((*platform, *others)) if platform or others else Unheard()


@cache
def _notices(path: Path) -> Announcer:
    from ironclad.adapters.notices import Notices, read_addresses  # seldom, slow

    return Notices(read_addresses(path))
