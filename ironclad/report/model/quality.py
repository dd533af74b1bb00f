"""The parts of report.json that tell how far its figures can be trusted."""

from pydantic import Field

from ironclad.report.model.part import Part


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
