"""From the domain's units to those of report.json: seconds to milliseconds, spans to numbers."""

from datetime import timedelta

from ironclad.domain.evidence.quantiles import LatencyQuantiles
from ironclad.domain.slo.slo import Counts
from ironclad.report.model import document


def ms(seconds: float) -> float:
    return round(seconds * 1000, 3)


def ms_or_none(span: timedelta | float | None) -> float | None:
    if span is None:
        return None
    return ms(span.total_seconds() if isinstance(span, timedelta) else span)


def rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)


def latency(quantiles: LatencyQuantiles | None) -> document.LatencyMs | None:
    if quantiles is None:
        return None
    return document.LatencyMs(
        p50=ms(quantiles.p50),
        p95=ms(quantiles.p95),
        p99=ms(quantiles.p99),
        p999=ms(quantiles.p999),
        max=ms(quantiles.max),
    )


def source_counts(counts: Counts | None) -> document.SourceCounts | None:
    return document.SourceCounts(valid=counts.valid, bad=counts.bad) if counts else None
