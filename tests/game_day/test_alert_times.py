"""A real Prometheus with the shipped rules, sixty times as fast: does an alert fire when predicted?

No request is sent: a page of counters grows as a service's would, which costs next to nothing.
"""

import asyncio
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from ironclad.adapters.experiments.objectives import rule_files, write_rule_files
from ironclad.adapters.programs.tools import PROMETHEUS
from ironclad.adapters.programs.tools import Toolbox as Tools
from ironclad.adapters.prometheus.client import Prometheus
from ironclad.domain.alerting.forecast import AlertForecast
from ironclad.domain.experiment.experiment import Experiment, Phases
from ironclad.domain.experiment.pacer import Constant
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.errors import IroncladError
from ironclad.game_day.planning.alert_forecast import Coming, forecast_alerts
from ironclad.settings import settings
from tests.fakes.game_day.evidence import REPLICAS, Scenario, evidence_of
from tests.fakes.prometheus.shipped_rules import FAST, OBJECTIVES
from tests.fakes.stack.raw_server import raw_server

RATE = 100.0
BASELINE_SECONDS, FAULT_SECONDS = 15, 25
ALERTS = ("BudgetBurnFast", "HighErrorRate")


@dataclass(frozen=True, slots=True)
class Service:
    """Counters of a service whose requests fail in `ratio` from `fails_at` (monotonic) on."""

    began: float
    fails_at: float
    ratio: float

    def page(self) -> str:
        now = time.monotonic()
        valid = RATE * (now - self.began)
        bad = self.ratio * RATE * min(FAULT_SECONDS, max(0.0, now - self.fails_at))
        lines = [_counter("200", valid - bad), _counter("503", bad)]
        return "# TYPE http_requests_total counter\n" + "".join(lines)


def _counter(status: str, value: float) -> str:
    return (
        f'http_requests_total{{method="GET",route="/api/orders",status="{status}"}} {value:.0f}\n'
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def prometheus(folder: Path, target: str) -> AsyncIterator[Prometheus]:
    """Run one that scrapes the target each second, under the compressed rules."""
    write_rule_files(folder / "rules", rule_files(OBJECTIVES.values(), FAST))
    job = {"job_name": "ironclad-backend", "static_configs": [{"targets": [target]}]}
    config = {
        "global": {"scrape_interval": "1s", "scrape_timeout": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(folder / "rules/*.yml")],
        "scrape_configs": [job],
    }
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config))
    chosen, port = settings(), free_port()
    tools = Tools(chosen.state / "_tools", {PROMETHEUS.name: chosen.prometheus})
    found = await tools.obtain(PROMETHEUS)
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen(  # noqa: S603, ASYNC220 - a binary of our own choice
            [
                str(found.path),
                f"--config.file={folder / 'prometheus.yml'}",
                f"--storage.tsdb.path={folder / 'data'}",
                f"--web.listen-address=127.0.0.1:{port}",
            ],
            stdout=said,
            stderr=said,
        )
    try:
        yield Prometheus(f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        process.wait(timeout=20)


def experiment(ratio: float) -> Experiment:
    """Give one whose every replica fails that share of its requests."""
    shipped = evidence_of(Scenario()).plan.experiment
    phases = Phases(
        baseline=timedelta(seconds=BASELINE_SECONDS),
        recovery=timedelta(seconds=10),
        settle=timedelta(seconds=5),
    )
    fault = replace(
        shipped.faults[0], at=timedelta(), duration=timedelta(seconds=FAULT_SECONDS), share=ratio
    )
    load = replace(shipped.load, pacer=Constant(RATE))
    return replace(shipped, faults=(fault,), phases=phases, load=load)


async def becomes(condition: Callable[[], bool]) -> None:
    """Wait; the deadline is pytest's."""
    while not condition():
        await asyncio.sleep(0.02)


async def until_scraped(watched: Prometheus) -> None:
    while True:
        try:
            if await watched.scraped_since("ironclad-backend", 0):
                return
        except IroncladError:
            pass
        await asyncio.sleep(0.1)


@dataclass(frozen=True, slots=True)
class Fired:
    """Seconds from the first failure to firing: predicted, and seen."""

    predicted: float
    seen: float
    tolerance: float


async def fired(folder: Path, ratio: float) -> dict[str, Fired]:
    began = time.monotonic() + 3
    service = Service(began, began + BASELINE_SECONDS, ratio)

    async def answer(_: bytes, writer: asyncio.StreamWriter) -> bool:
        body = service.page().encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        return True

    async with raw_server(answer) as url, prometheus(folder, url.split("//")[1]) as watched:
        await until_scraped(watched)
        await becomes(lambda: time.monotonic() >= service.fails_at)
        fault_at = time.time()
        forecasts = {one.name: one for one in await _predicted(watched, ratio, fault_at)}
        await becomes(lambda: time.time() >= fault_at + FAULT_SECONDS + 2)
        seen = await watched.alert_sightings(ALERTS, fault_at - 10, time.time())
    return {
        one.name: Fired(
            predicted=forecasts[one.name].after_seconds or -1.0,
            seen=one.firing_at.timestamp() - fault_at if one.firing_at else -1.0,
            tolerance=forecasts[one.name].tolerance_seconds,
        )
        for one in seen
    }


async def _predicted(
    watched: Prometheus, ratio: float, fault_at: float
) -> tuple[AlertForecast, ...]:
    one = experiment(ratio)
    (fault,) = one.faults
    coming = Coming(
        experiment=one,
        objectives=(OBJECTIVES["orders-availability"],),
        faults=(PlannedFault(fault=fault, targets=REPLICAS),),
        replicas=REPLICAS,
        now=fault_at,
        begin=float(BASELINE_SECONDS),
    )
    return await forecast_alerts(coming, watched)


MACHINE_SECONDS = 1.0
"""What two busy cores add to a scrape and an evaluation."""


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("ratio", [0.15])
async def test_an_alert_fires_when_it_was_predicted(tmp_path: Path, ratio: float) -> None:
    for name, one in (await fired(tmp_path, ratio)).items():
        late = one.seen - one.predicted
        assert -1.0 <= late <= one.tolerance + MACHINE_SECONDS, (name, one)
