"""Numbers as people read them: percent, milliseconds, thousands. Only sentences and reports do."""

import math
from datetime import timedelta

_SIGNIFICANT_DIGITS = 3


def percent(ratio: float) -> str:
    """Write three significant digits and never an exponent: `0.116 %`, `20 %`, `99.9 %`."""
    text = f"{ratio * 100:,.{_decimals(ratio)}f}"
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text} %"


def percent_range(low: float, high: float) -> str:
    """Write both with the digits of the larger: `0.104–0.130 %`."""
    decimals = _decimals(high)
    start = f"{low * 100:,.{decimals}f}" if low else "0"
    return f"{start}–{high * 100:,.{decimals}f} %"


def _decimals(ratio: float) -> int:
    value = abs(ratio) * 100
    if value == 0:
        return 0
    return min(12, max(0, _SIGNIFICANT_DIGITS - 1 - math.floor(math.log10(value))))


def count(number: float) -> str:
    return f"{number:,.0f}"


def counted(number: int, noun: str) -> str:
    """Write `1 request`, `2 requests`."""
    return f"{count(number)} {noun}{'' if number == 1 else 's'}"


def duration(span: timedelta | float) -> str:
    """Write milliseconds below one second, else seconds, else minutes."""
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    if abs(seconds) < 1:
        return f"{seconds * 1000:.0f} ms"
    if abs(seconds) < 120:  # noqa: PLR2004 - up to two minutes are read more easily in seconds
        return f"{seconds:.1f}".removesuffix(".0") + " s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if rest else f"{minutes} min"
