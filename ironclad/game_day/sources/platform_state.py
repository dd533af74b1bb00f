"""Is the platform as it was before the game day?"""

from collections.abc import Mapping

from ironclad.errors import IroncladError
from ironclad.game_day.run import GameDay


async def look_at_platform(day: GameDay) -> None:
    """Remember it as it is before anything is broken."""
    try:
        day.platform_before = await day.tools.changes.snapshot()
    except IroncladError as error:
        day.admit([f"the platform could not be looked at before the faults: {error}"])


async def differences(day: GameDay) -> tuple[str, ...]:
    """Say what is not as it was, and what can no more be looked at."""
    if day.platform_before is None:
        return ()
    try:
        now = await day.tools.changes.snapshot()
    except IroncladError as error:
        return (f"the platform cannot be looked at: {error}",)
    return tuple(_differences(day.platform_before, now))


def _differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    names = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    return [f"{name} is {_words(now, name)} and was {_words(before, name)}" for name in names]


def _words(found: Mapping[str, str], name: str) -> str:
    return found.get(name, "not there")
