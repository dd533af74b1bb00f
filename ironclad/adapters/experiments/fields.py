"""The values of an experiment file as people write them, with their units and bounds."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

from ironclad.domain.faults.catalogue import LARGEST_BYTES
from ironclad.domain.text.durations import parse_duration

LONGEST = timedelta(hours=24)
FASTEST_PER_SECOND = 100_000.0

_RATE = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)/(s|m|h)")
_PER = {"s": 1, "m": 60, "h": 3600}
_DURATION_SCHEMA = {"type": "string", "pattern": r"^([0-9]+(\.[0-9]+)?(ms|s|m|h|d))+$"}
_SIZE = re.compile(r"([0-9]{1,9})(Mi|Gi)B?")
_PER_UNIT = {"Mi": 1 << 20, "Gi": 1 << 30}
_SIZE_SCHEMA = {"type": "string", "pattern": r"^[0-9]{1,9}(Mi|Gi)B?$"}
_RATE_SCHEMA = {"type": "string", "pattern": r"^[0-9]{1,9}(\.[0-9]{1,6})?/(s|m|h)$"}


def _duration(value: object) -> timedelta:
    if not isinstance(value, str):
        raise ValueError(f"{value!r} has no unit; write for example 300ms, 45s or 5m")  # noqa: TRY004
    try:
        duration = parse_duration(value)
    except OverflowError:
        duration = timedelta.max
    if duration > LONGEST:
        raise ValueError(f"{value[:40]!r} is longer than 24h")
    return duration


def _longer_than_nothing(duration: timedelta) -> timedelta:
    if not duration:
        raise ValueError("must be longer than 0s")
    return duration


def _rate(value: object) -> float:
    match = _RATE.fullmatch(value) if isinstance(value, str) else None
    rate = float(match[1]) / _PER[match[2]] if match else 0.0
    if not 0 < rate <= FASTEST_PER_SECOND:
        shown = repr(value)[:40]
        raise ValueError(f"{shown} is not a rate; write for example 100/s or 6000/m")
    return rate


def _size(value: object) -> int:
    match = _SIZE.fullmatch(value) if isinstance(value, str) else None
    size = int(match[1]) * _PER_UNIT[match[2]] if match else 0
    if not 0 < size <= LARGEST_BYTES:
        raise ValueError(f"{repr(value)[:40]} is not a size; write for example 200Mi or 1Gi")
    return size


def _plain_text(text: str) -> str:
    """Fold white space; what cannot be printed cannot stand in a report either."""
    folded = " ".join(text.split())
    if not folded or not folded.isprintable():
        raise ValueError("must be printable text")
    return folded


Duration = Annotated[timedelta, BeforeValidator(_duration), WithJsonSchema(_DURATION_SCHEMA)]
PositiveDuration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    AfterValidator(_longer_than_nothing),
    WithJsonSchema(_DURATION_SCHEMA),
]
Size = Annotated[int, BeforeValidator(_size), WithJsonSchema(_SIZE_SCHEMA)]
Rate = Annotated[float, BeforeValidator(_rate), WithJsonSchema(_RATE_SCHEMA)]
Ratio = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False, strict=True)]
PositiveRatio = Annotated[float, Field(gt=0, le=1, allow_inf_nan=False, strict=True)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=40)]
AlertName = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$", max_length=100)]
Sentence = Annotated[str, Field(max_length=500), AfterValidator(_plain_text)]
Query = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_plain_text)]
Limit = Annotated[float, Field(allow_inf_nan=False, strict=True)]
Seed = Annotated[int, Field(ge=0, le=2**31 - 1, strict=True)]


class Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
