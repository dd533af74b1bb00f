"""Durations as people write them: `300ms`, `45s`, `5m`, `1h`, `30d`."""

import re
from datetime import timedelta

_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
}
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|s|m|h|d)")


def parse_duration(text: str) -> timedelta:
    """Read one or more parts, largest first by custom only: `1h30m`, `1.5s`.

    Raises ValueError with a sentence that says what would be right.
    """
    if _PART.fullmatch(text.removeprefix("-")) and text.startswith("-"):
        raise ValueError(f"{text!r} is negative; a duration is 0s or longer, such as {text[1:]}")
    parts = _PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"{text!r} is not a duration; write for example 300ms, 45s, 5m or 1h30m")
    return sum((float(number) * _UNITS[unit] for number, unit in parts), timedelta())


def format_duration(duration: timedelta) -> str:
    """Write the shortest exact form that `parse_duration` reads back."""
    milliseconds = round(duration / timedelta(milliseconds=1))
    if milliseconds == 0:
        return "0s"
    text = ""
    for unit in ("d", "h", "m", "s", "ms"):
        size = round(_UNITS[unit] / timedelta(milliseconds=1))
        count, milliseconds = divmod(milliseconds, size)
        text += f"{count}{unit}" if count else ""
    return text
