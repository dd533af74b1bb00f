"""When no game day may run, as the settings say."""

from ironclad.domain.freeze import Freeze
from ironclad.settings import settings


def freezes() -> tuple[Freeze, ...]:
    """Raises SettingsError that says which entry is wrong and what would be right."""
    if not settings().freeze:
        return ()
    from ironclad.adapters.freezes import read_freezes

    return read_freezes(settings().freeze)
