"""What it costs Prometheus to know the budget: by recording rules, and by asking for 30 days."""

import asyncio
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from ironclad import wiring
from tests.backend.postgres_server import free_port
from trials.bench import backfill
from trials.bench.benchmark import Result
from trials.bench.rows import Goal, Row, paired
from trials.harness import serving
from trials.harness.pairs import in_turn

COUNTS = (1, 10)
ROUNDS = 7
RULES = serving.ROOT / "monitoring" / "rules" / "orders-availability.yml"
BUDGET = "error_budget_remaining_percentage"
NAIVE = (
    '1 - sum by (job) (increase(http_requests_total{job=~"service-.*",status=~"5.."}[30d])) '
    '/ sum by (job) (increase(http_requests_total{job=~"service-.*"}[30d])) / 0.001'
)
PEER = "increase(…[30d]) when asked"
BACKFILL_SECONDS = 300
EVALUATED_SECONDS = 90
QUERY_SECONDS = 60
CONFIGURATION = """\
global: {evaluation_interval: 15s}
rule_files: [rules/*.yml]
"""


@dataclass(frozen=True, slots=True)
class Server:
    url: str

    def seconds_of(self, query: str, services: int) -> float:
        """Time a query. Raises RuntimeError unless it gives a value for each service."""
        began = time.perf_counter()
        found = self._get("/api/v1/query", query=query)["result"]
        took = time.perf_counter() - began
        if len(found) != services:
            raise RuntimeError(f"{query} gave {len(found)} values for {services} services")
        return took

    def rules_seconds(self) -> float | None:
        """Give what the last evaluation of every rule took; None until all were evaluated."""
        groups = self._get("/api/v1/rules")["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        if not rules or any(rule["lastEvaluation"].startswith("0001") for rule in rules):
            return None
        return float(sum(rule["evaluationTime"] for rule in rules))

    def _get(self, path: str, **parameters: str) -> Any:
        answer = httpx.get(
            self.url + path, params=parameters, timeout=QUERY_SECONDS, trust_env=False
        )
        answer.raise_for_status()
        return answer.json()["data"]


def measure() -> Result:
    prometheus, *_ = asyncio.run(wiring.fetch_tools())
    rows = [row for count in COUNTS for row in _measured(prometheus.path, count)]
    return Result(
        rows,
        (
            f"`promtool tsdb create-blocks-from` wrote {backfill.DAYS} days before.",
            f"They hold what the rules recorded each {backfill.RECORDED_EVERY_SECONDS} s.",
            f"{backfill.REPLICAS} replicas were read each {backfill.SCRAPED_EVERY_SECONDS} s.",
            "That is a quarter of what the naive query would read in real use.",
            "The rules run each 15 s in any case. The naive query costs its time with each query.",
        ),
    )


def _measured(program: Path, count: int) -> list[Row]:
    services = [f"service-{number}" for number in range(count)]
    with _prometheus(program, services) as server:
        rules = _first(server.rules_seconds)
        asked = in_turn(
            {
                BUDGET: lambda: server.seconds_of(BUDGET, count),
                PEER: lambda: server.seconds_of(NAIVE, count),
            },
            ROUNDS,
        )
        rules = server.rules_seconds() or rules
    title = f"{count} service{'s' * (count > 1)}"
    ours, theirs = asked[BUDGET], asked[PEER]
    goal = Goal("ours", "at most", 1.0)
    return [
        paired(f"the budget, {title}", "s", ours=ours, peer=PEER, theirs=theirs, goal=goal),
        paired(f"every rule once, {title}", "s", ours=[rules] * ROUNDS, peer=PEER, theirs=theirs),
    ]


def _first(ask: Callable[[], float | None]) -> float:
    deadline = time.monotonic() + EVALUATED_SECONDS
    while time.monotonic() < deadline:
        if (seconds := ask()) is not None:
            return seconds
        time.sleep(0.2)
    raise RuntimeError("Prometheus did not evaluate its rules in time")


@contextmanager
def _prometheus(program: Path, services: Sequence[str]) -> Iterator[Server]:
    with tempfile.TemporaryDirectory(prefix="bench-", dir="/var/tmp") as name:
        folder = Path(name)
        _fill(program.with_name("promtool"), folder, services)
        (folder / "rules").mkdir()
        for service in services:
            (folder / "rules" / f"{service}.yml").write_text(_rules(service), encoding="utf-8")
        (folder / "prometheus.yml").write_text(CONFIGURATION, encoding="utf-8")
        listen = f"127.0.0.1:{free_port()}"
        command = [
            *(str(program), f"--config.file={folder}/prometheus.yml", "--log.level=error"),
            *(f"--storage.tsdb.path={folder}/data", "--storage.tsdb.retention.time=60d"),
            *(f"--web.listen-address={listen}", f"--query.timeout={QUERY_SECONDS}s"),
        ]
        with serving.service(command, {}, f"http://{listen}/-/ready") as served:
            yield Server(served.url.removesuffix("/-/ready"))


def _fill(promtool: Path, folder: Path, services: Sequence[str]) -> None:
    text = folder / "backfill.txt"
    backfill.write(text, services, int(time.time()))
    command = [str(promtool), "tsdb", "create-blocks-from", "openmetrics", "--quiet"]
    command += ["--max-block-duration=720h", str(text), str(folder / "data")]
    with suppress(FileExistsError):
        (folder / "data").mkdir()
    subprocess.run(  # noqa: S603 - our own command line
        command, check=True, capture_output=True, timeout=BACKFILL_SECONDS
    )
    text.unlink()


def _rules(service: str) -> str:
    """Give the shipped rules with the service's name instead of the demo's."""
    shipped = RULES.read_text(encoding="utf-8")
    return shipped.replace("orders-availability", f"{service}-availability").replace(
        'job="ironclad-backend"', f'job="{service}"'
    )
