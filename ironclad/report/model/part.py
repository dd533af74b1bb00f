"""What every part of report.json is made of."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema


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


class Samples(Part):
    objective: str = Field(description="Name of the objective.")
    series: int = Field(description="Time series that Prometheus has of its requests.")
    samples: int = Field(description="Raw samples in them, within the window of the game day.")
    scrape_interval_seconds: float = Field(description="How often it should have read them.")
    longest_gap_seconds: float | None = Field(
        description="Longest time between two samples of one series; null without two samples."
    )
    missing: int = Field(description="Samples that the gaps leave out, at that interval.")
    resets: int = Field(description="Times that a counter began anew, as after a restart.")


class UndoStep(Part):
    what: str = Field(description="What was taken back, or waited for.")
    seconds: float | None = Field(
        description="From the end of the fault's time until it was done, in seconds."
    )
    result: str = Field(description="done, or what is left, or what went wrong.")
