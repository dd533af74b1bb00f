"""One game day on the shipped rules, as slow as they are, behind an hour of clean traffic.

The hour is written into Prometheus as of replicas that served before: real traffic for an hour
would add nothing but the hour.
"""

import json
import subprocess
import time
from collections.abc import Iterator
from typing import Any

import httpx

from ironclad.domain.stack.stack import DEFAULT_STACK
from tests.fakes.prometheus.promtool import promtool_program
from tests.fakes.stack.product import wait_until
from trials.harness.stacks import ironclad
from trials.verdict.alert_rows import COLUMNS, alert_rows
from trials.verdict.page import Table
from trials.verdict.progress import Deadline, say
from trials.verdict.stand import Report, Stand, stand

RATE, SHARE = 60, 0.3
HOUR_SECONDS, STEP_SECONDS, RECORDED_SECONDS = 3_600, 5, 15
FAULT_MINUTES = 7
MUST = ("BudgetBurnFast", "HighErrorRate")
EVALUATION_SECONDS, SCRAPE_SECONDS = 30, 1
ALLOWED_SECONDS = SCRAPE_SECONDS + 2 * EVALUATION_SECONDS
_LOADED_WITHIN_SECONDS = 150
_GAME_WITHIN_SECONDS = 900
_LABELS = (
    'job="ironclad-backend",instance="before:3000",service="backend",namespace="demo",'
    'pod="before",method="GET",route="/api/orders"'
)


def run(deadline: Deadline) -> Report:
    with stand(deadline) as own:
        ready = own.up()
        _fill(ready)
        return ready.game("hour", _document(), within_seconds=_GAME_WITHIN_SECONDS)


def _fill(ready: Stand) -> None:
    """Blocks are noticed once a minute. Raises RuntimeError when these are not."""
    folder = ready.product.folder
    text, data = folder / "hour.txt", folder / "state" / DEFAULT_STACK / "prometheus" / "data"
    text.write_text("\n".join([*_lines(int(time.time())), "# EOF\n"]), encoding="ascii")
    promtool = [str(promtool_program()), "tsdb", "create-blocks-from", "openmetrics"]
    subprocess.run([*promtool, str(text), str(data)], check=True, capture_output=True)  # noqa: S603
    prometheus = json.loads(ironclad(ready.product, "urls", "--json"))["urls"]["prometheus"]
    waited = wait_until(lambda: _has_hour(prometheus), _LOADED_WITHIN_SECONDS)
    if waited is None:
        raise RuntimeError("Prometheus never noticed the hour that was written for it")
    say(f"an hour of {RATE} requests a second, after {waited:.0f} s")


def _lines(now: int) -> Iterator[str]:
    """Counters as they were scraped, and what the recording rules would have made of them."""
    begin = now - HOUR_SECONDS
    for status, rate in (("200", RATE), ("503", 0)):
        for second in range(0, HOUR_SECONDS, STEP_SECONDS):
            name = f'http_requests_total{{{_LABELS},status="{status}"}}'
            yield f"{name} {rate * second} {begin + second}"
    for kind, rate in (("valid", RATE), ("bad", 0)):
        for second in range(0, HOUR_SECONDS, RECORDED_SECONDS):
            name = f'slo:{kind}_events:rate{{objective="orders-availability"}}'
            yield f"{name} {rate} {begin + second}"


def _has_hour(prometheus: str) -> bool:
    query = f'count_over_time(http_requests_total{{{_LABELS},status="200"}}[1h])'
    said = httpx.get(f"{prometheus}/api/v1/query", params={"query": query}, timeout=20).json()
    return bool(said["data"]["result"])


def _document() -> dict[str, Any]:
    fault = {"id": "errors", "kind": "error", "at": "0s", "for": f"{FAULT_MINUTES}m"}
    more = {"target": {"share": 1}, "share": SHARE, "status": 503, "seed": 1}
    return {
        "apiVersion": "ironclad/v1",
        "kind": "Experiment",
        "metadata": {"name": "hour", "owner": "trials"},
        "hypothesis": "The shipped alerts page when it was predicted, behind an hour of traffic.",
        "objectives": ["orders-availability", "orders-latency"],
        "load": {"pacer": {"constant": f"{RATE}/s"}, "timeout": "2s"},
        "phases": {"baseline": "20s", "recovery": "60s", "settle": "5s"},
        "faults": [fault | more],
        "expect": {"alerts": {"must": list(MUST), "must_not": ["BackendDown"]}},
    }


def hour_table(report: Report) -> Table:
    return Table(
        name="hour",
        columns=COLUMNS,
        rows=list(alert_rows(report, ALLOWED_SECONDS)),
        remark=(
            f"{SHARE:.0%} of {RATE} requests a second failed for {FAULT_MINUTES} minutes;"
            f" {report['verdict']}: {report['reason']}. In time is within {ALLOWED_SECONDS} s."
        ),
    )
