"""The parts of report.json that set something beside something else."""

from pydantic import Field

from ironclad.report.model.part import Moment, Part


class Group(Part):
    name: str = Field(description="targets (had the fault) or others (had none).")
    replicas: list[str] = Field(description="Names of the replicas.")
    sent: int = Field(description="Requests that they answered while a fault was at work.")
    failed: int = Field(description="Those with a 5xx.")
    error_ratio_low: float | None = Field(
        description="Lower bound of the ratio of failed requests (0 to 1), 95 % Wilson interval."
    )
    error_ratio_high: float | None = Field(description="Upper bound of the same.")
    p50_ms: float | None = Field(description="Median latency, in milliseconds.")
    p95_ms: float | None = Field(description="95th percentile of latency, in milliseconds.")
    p99_ms: float | None = Field(description="99th percentile of latency, in milliseconds.")


class EarlierRun(Part):
    id: str = Field(description="The run's id, which is the name of its folder.")
    started_at: Moment = Field(description="When it began.")
    status: str = Field(description="How it went.")
    verdict: str | None = Field(description="What it showed; null for a run that never began.")
    spent_ratio: float | None = Field(description="Its cost, as a share of the whole budget.")
    detection_seconds: float | None = Field(
        description="From a fault's first effect until the first expected alert fired, in seconds."
    )
    recovery_seconds: float | None = Field(
        description="From the same moment until recovery was proven, in seconds."
    )
    time_to_recover_seconds: float | None = Field(
        description="From the same moment until the service was well again; null before 1.2."
    )


class Change(Part):
    figure: str = Field(description="spent_ratio, detection_seconds or time_to_recover_seconds.")
    value: float = Field(description="Of this run.")
    usual: float = Field(description="Median of the earlier runs.")
    runs: int = Field(description="How many earlier runs have the figure.")
    is_worse: bool | None = Field(
        description="Whether it is an outlier to the worse; null of fewer than five earlier runs."
    )


class Comparison(Part):
    groups: list[Group] = Field(
        description="Replicas with the fault beside those without, in the same minutes."
    )
    earlier: list[EarlierRun] = Field(
        description="The runs before this one of the same experiment and stack, newest first."
    )
    changes: list[Change] = Field(description="This run's figures beside the earlier ones'.")
