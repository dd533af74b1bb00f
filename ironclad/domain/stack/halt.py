"""The red switch of one stack: while it is on, no game day starts and those that run end."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Halt:
    """Who turned it on, why and when; `since` is None where the switch itself is damaged."""

    who: str
    why: str
    since: datetime | None

    @property
    def sentence(self) -> str:
        since = f" since {self.since:%Y-%m-%d %H:%M:%S} UTC" if self.since else ""
        why = f": {self.why}" if self.why else ""
        return f"halted by {self.who}{since}{why}"


def damaged(where: str) -> Halt:
    """A switch that cannot be read counts as on: somebody wanted something of it."""
    return Halt(
        who="unknown",
        why=f"the switch {where} cannot be read; turn it off, or on again",
        since=None,
    )
