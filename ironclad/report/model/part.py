"""What every part of report.json is made of."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, PlainSerializer, WithJsonSchema


def rfc3339(moment: datetime) -> str:
    """Write UTC with milliseconds, as in `2026-11-23T10:00:03.050Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[
    datetime,
    PlainSerializer(rfc3339, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
