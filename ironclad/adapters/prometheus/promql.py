"""Query texts as pure functions, so that they can be read and tested without a Prometheus."""

import math
import re
from collections.abc import Sequence

from ironclad.domain.slo.promql_text import quoted


def raw_samples(selector: str, seconds: float) -> str:
    """Ask for all samples of the last `seconds` as they are.

    At least the window: Prometheus 2 takes both of its ends in, 3 only the later one.
    """
    return f"{selector}[{max(1, math.ceil(seconds * 1000))}ms]"


def last_good_scrape(job: str) -> str:
    """Ask when each instance was last scraped, of those whose last scrape went well."""
    up = f"up{{job={quoted(job)}}}"
    return f"timestamp({up}) and ({up} == 1)"


ALL_FIRING = 'ALERTS{alertstate="firing"}'


def alert_states(names: Sequence[str]) -> str:
    return f"ALERTS{{{_named(names)}}}"


def firing(names: Sequence[str]) -> str:
    return f'ALERTS{{alertstate="firing",{_named(names)}}}'


def _named(names: Sequence[str]) -> str:
    return f"alertname=~{quoted('|'.join(re.escape(name) for name in names))}"
