"""How values look in a report: None reads "not known", text from outside is made harmless."""

import re
from datetime import UTC, datetime

from markupsafe import Markup, escape

from ironclad.domain.text.printable import printable
from ironclad.domain.text.wording import count as _count
from ironclad.domain.text.wording import duration as _duration
from ironclad.domain.text.wording import percent as _percent
from ironclad.domain.text.wording import percent_range

UNKNOWN = "not known"

_MARKDOWN = re.compile(r"([\\`*_{}\[\]<>#|~!&])")


def percent(ratio: float | None) -> str:
    return UNKNOWN if ratio is None else _percent(ratio)


def between(low: float | None, high: float | None) -> str:
    return UNKNOWN if low is None or high is None else percent_range(low, high)


def count(number: float | None) -> str:
    return UNKNOWN if number is None else _count(number)


def rate(per_second: float | None) -> str:
    return UNKNOWN if per_second is None else f"{per_second:,.1f}/s"


def seconds(value: float | None) -> str:
    return UNKNOWN if value is None else _duration(value)


def milliseconds(value: float | None) -> str:
    """Keep a decimal below 100 ms, where it still says something."""
    if value is None:
        return UNKNOWN
    return f"{value:,.0f} ms" if value >= 100 else f"{value:.1f} ms"  # noqa: PLR2004


def clock(moment: datetime | None) -> str:
    """Write the time of day in UTC, to the tenth of a second."""
    if moment is None:
        return UNKNOWN
    utc = moment.astimezone(UTC)
    return f"{utc:%H:%M:%S}.{utc.microsecond // 100_000}"


def moment(value: datetime) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def after(moment: datetime | None, start: datetime) -> str:
    """Write how long after the start, as in `+35.1 s`."""
    return UNKNOWN if moment is None else f"{(moment - start).total_seconds():+,.1f} s"


def answer(value: bool | None, *, yes: str = "yes", no: str = "no") -> str:  # noqa: FBT001
    return UNKNOWN if value is None else (yes if value else no)


def sentence(text: str) -> str:
    """Begin with a capital, unless that is a name such as orders-1; end with a full stop."""
    text = text.strip()
    if not text:
        return text
    first = text[0] if "-" in text.split()[0] else text[0].upper()
    return first + text[1:] + ("" if text[-1] in ".!?" else ".")


def words(identifier: str | None) -> str:
    """Write `on_time` as people do."""
    return UNKNOWN if identifier is None else identifier.replace("_", " ")


def markdown_text(value: object) -> str:
    """Escape what Markdown would read as markup or HTML; one line, printable."""
    line = printable(" ".join(str(value).split()))
    return _MARKDOWN.sub(r"\\\1", line).replace("\\<", "&lt;").replace("\\>", "&gt;")


_CODE = re.compile(r"`([A-Za-z0-9 ._/=:,+%@-]+)`")
"""What our own sentences put between back-ticks: keys and commands, without any markup."""


def markdown_prose(value: object) -> str:
    """Escape a sentence, but for keys and commands between back-ticks, which stay code."""
    parts = _CODE.split(str(value))
    return "".join(f"`{part}`" if index % 2 else _escaped(part) for index, part in enumerate(parts))


def _escaped(part: str) -> str:
    """Keep the blanks at both ends, which stand beside code."""
    if not part.strip():
        return " " if part else ""
    start, end = " " * part[0].isspace(), " " * part[-1].isspace()
    return start + markdown_text(part) + end


def html_prose(value: object) -> Markup:
    """Escape a sentence; keys and commands between back-ticks become code."""
    parts = _CODE.split(str(value))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )


_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def is_plain(name: str) -> bool:
    """Say whether it may stand in a link as it is; what came from outside may be anything."""
    return _PLAIN.fullmatch(name) is not None


FILTERS = {
    "percent": percent,
    "count": count,
    "rate": rate,
    "seconds": seconds,
    "milliseconds": milliseconds,
    "clock": clock,
    "moment": moment,
    "after": after,
    "answer": answer,
    "sentence": sentence,
    "words": words,
    "is_plain": is_plain,
    "prose": html_prose,
}
