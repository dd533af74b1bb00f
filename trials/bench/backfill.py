"""Thirty days of a service that was there all along, as OpenMetrics text for promtool."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

DAYS = 30
RECORDED_EVERY_SECONDS = 15
SCRAPED_EVERY_SECONDS = 60
"""A quarter of what a Prometheus would keep: in the peer's favour, and written in good time."""
REPLICAS = 3
RATE = 10.0
BAD_RATIO = 0.0005


def write(path: Path, services: Iterable[str], now: int) -> None:
    """Write each service's counters, and what the recording rules would have made of them."""
    names = list(services)
    with path.open("w", encoding="ascii") as file:
        for labels, each in _counters(names):
            _samples(file, f"http_requests_total{{{labels}}}", now, SCRAPED_EVERY_SECONDS, each)
        for name in names:
            for kind, value in (("valid", RATE), ("bad", RATE * BAD_RATIO)):
                series = f'slo:{kind}_events:rate{{objective="{name}-availability"}}'
                _samples(file, series, now, RECORDED_EVERY_SECONDS, 0.0, start=value)
        file.write("# EOF\n")


def _counters(services: Iterable[str]) -> Iterator[tuple[str, float]]:
    """Give each series' labels, and by how much it grows from one scrape to the next."""
    grows = RATE / REPLICAS * SCRAPED_EVERY_SECONDS
    for service in services:
        for replica in range(REPLICAS):
            place = f'job="{service}",instance="replica-{replica}",route="/api/orders"'
            yield f'{place},status="200"', grows * (1 - BAD_RATIO)
            yield f'{place},status="503"', grows * BAD_RATIO


def _samples(
    file: TextIO, series: str, now: int, step: int, growth: float, *, start: float = 0.0
) -> None:
    first = now - DAYS * 86_400
    file.writelines(
        f"{series} {start + number * growth:.10g} {first + number * step}\n"
        for number in range((now - first) // step + 1)
    )
