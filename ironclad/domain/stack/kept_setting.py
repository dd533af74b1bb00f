"""What people set on a stack: the red switch, and settings as text that a person can read."""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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


class Setting(StrEnum):
    FREEZE = "freeze"
    NOTIFY = "notify"
    RECEIVERS = "receivers"

    @property
    def variable(self) -> str:
        return f"IRONCLAD_{self.upper()}"


_HEAD = re.compile(r"# kept since (\S+) by (.*)\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """`since` is a time as people read it, in UTC."""

    text: str
    who: str
    since: str

    @property
    def origin(self) -> str:
        return f"since {self.since} by {self.who}"


def as_text(kept: Kept) -> str:
    """Put the origin in front as a comment, which each kind of setting passes over."""
    return f"# kept since {kept.since} by {' '.join(kept.who.split())}\n{kept.text.strip()}\n"


def from_text(text: str) -> Kept:
    """Take one that a person wrote without an origin as well."""
    head = _HEAD.match(text)
    if head is None:
        return Kept(text=text.strip(), who="unknown", since="an unknown time")
    return Kept(text=text[head.end() :].strip(), since=head[1], who=head[2])
