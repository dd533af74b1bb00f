"""Freezes as people write them, in a setting or in a file of its own."""

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from ironclad.domain.stack.freeze import Freeze
from ironclad.domain.text.did_you_mean import unknown_key
from ironclad.errors import SettingsError

_KEYS = ("from", "to", "timezone", "why")
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001 - wall-clock time
_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_WEEKLY = re.compile(r"(\w{3})\w* +(\d{1,2}:\d{2})")
_FORMS = "2026-12-20, 2026-12-20 18:00, Fri 16:00 or 18:00"

Entry = Mapping[str, str]


def read_freezes(setting: str) -> tuple[Freeze, ...]:
    """Read IRONCLAD_FREEZE: a list in YAML, or a path to a file that holds one.

    Raises SettingsError with one sentence that says which entry is wrong and what would be right.
    """
    if not setting:
        return ()
    where = "IRONCLAD_FREEZE" if _is_list(setting) else f"IRONCLAD_FREEZE, file {setting}"
    return parse_freezes(freeze_text(setting), where)


def freeze_text(setting: str) -> str:
    """Give the list itself, from its file if one is named. Raises SettingsError."""
    return setting if _is_list(setting) else _content(setting)


def _is_list(setting: str) -> bool:
    return setting.lstrip().startswith("[")


def parse_freezes(text: str, where: str) -> tuple[Freeze, ...]:
    """Raises SettingsError that begins with `where`."""
    try:
        entries = yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - the safest: text alone
    except yaml.YAMLError as error:
        raise SettingsError(f"{where} is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(entries, list):
        raise SettingsError(f"{where} is no list; write for example {_EXAMPLE}")
    return tuple(_freeze(each, f"{where}, entry {n}") for n, each in enumerate(entries, start=1))


_EXAMPLE = "[{from: Fri 16:00, to: Mon 08:00, timezone: Europe/Berlin, why: weekend}]"


def _content(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise SettingsError(
            f"IRONCLAD_FREEZE names the file {path}, which cannot be read: {reason};"
            f" a list begins with a bracket, such as {_EXAMPLE}"
        ) from error


def _freeze(raw: Any, where: str) -> Freeze:
    try:
        return _parsed(_entry(raw))
    except (ValueError, OverflowError) as error:
        raise SettingsError(f"{where}: {error}") from error


def _entry(raw: Any) -> Entry:
    if not isinstance(raw, dict):
        raise ValueError(f"{raw!r} is no window; write for example {_EXAMPLE[1:-1]}")  # noqa: TRY004
    if unknown := sorted(map(str, set(raw) - set(_KEYS))):
        raise ValueError(unknown_key(unknown[0], _KEYS))
    if missing := [key for key in ("from", "to", "why") if not raw.get(key)]:
        raise ValueError(f"{missing[0]!r} is missing; write for example {_EXAMPLE[1:-1]}")
    return {key: str(value) for key, value in raw.items()}


def _parsed(entry: Entry) -> Freeze:
    first, every = _moment(entry["from"])
    last, also = _moment(entry["to"], is_end=True)
    if every != also:
        raise ValueError(
            f"from {entry['from']!r} to {entry['to']!r} mixes two forms; write both as dates, both"
            " as weekdays, or both as times"
        )
    if every is None and last <= first:
        raise ValueError(f"from {entry['from']!r} to {entry['to']!r} ends before it begins")
    if every is not None and last <= first:
        last += every
    zone = _zone(entry.get("timezone", "UTC"))
    return Freeze(first=first, length=last - first, every=every, zone=zone, why=entry["why"])


def _moment(text: str, *, is_end: bool = False) -> tuple[datetime, timedelta | None]:
    """Give wall-clock time, and how often it comes again. A date as an end is that whole day."""
    weekly = _WEEKLY.fullmatch(text)
    try:
        if weekly:
            days = _DAYS.index(weekly[1].lower()) * _DAY
            return _MONDAY + days + _since_midnight(weekly[2]), _WEEK
        if ":" in text and "-" not in text:
            return _MONDAY + _since_midnight(text), _DAY
        if ":" not in text:
            day = datetime.combine(date.fromisoformat(text), time())
            return (day + _DAY if is_end else day), None
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"{text!r} is no moment; write for example {_FORMS}") from error
    if moment.tzinfo is not None:
        raise ValueError(f"{text!r} has a zone of its own; name it as `timezone`")
    return moment, None


def _since_midnight(text: str) -> timedelta:
    """24:00 is the end of a day."""
    hours, minutes = (int(part) for part in text.split(":"))
    if hours * 60 + minutes > 24 * 60 or minutes > 59:  # noqa: PLR2004
        raise ValueError(text)
    return timedelta(hours=hours, minutes=minutes)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError(
            f"there is no time zone {name!r}; write for example Europe/Berlin"
        ) from error
