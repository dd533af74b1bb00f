"""Nothing that blocks runs on an event loop: no callback holds one for more than 100 ms.

A runner that rendered its report on the loop could not renew its lock for 20 s, and was declared
dead. Each part does its longest work here, with the 30,000 rows of a game day of two minutes.
"""

import asyncio
import csv
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from ironclad.adapters.load.process import LoadProcessHandle
from ironclad.adapters.runs.run_files import RunFiles
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.load.load import LoadResult
from ironclad.domain.load.wire_format import LEDGER_COLUMNS, attempt_to_row
from ironclad.janitor.app import Gate, create_app
from ironclad.janitor.deliveries import DeliveryRecord
from ironclad.processes.process_identity import ProcessIdentity
from ironclad.undo.left_orders import LeftOrders
from ironclad.undo.rounds import Janitor
from ironclad.undo.sweeping import Sweeper
from tests.fakes.clocks.held_loops import Held, held_loops
from tests.fakes.game_day.evidence import Scenario, evidence_of
from tests.fakes.game_day.playing import play
from tests.fakes.game_day.world import World
from tests.fakes.load.generator import FakeLoadHandle
from tests.fakes.load.orders import load_order

ROWS = 30_000


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    made = evidence_of(Scenario(rate=220.0))
    assert made.load is not None
    assert len(made.load.attempts) >= ROWS
    return made


@pytest.fixture(scope="module")
def load(evidence: Evidence) -> LoadResult:
    assert evidence.load is not None
    return evidence.load


@pytest.fixture
def held() -> Iterator[list[Held]]:
    with held_loops() as found:
        yield found


def files(tmp_path: Path) -> RunFiles:
    return RunFiles(tmp_path / "reports", tmp_path / "runs", tmp_path / "load")


def write_ledger(path: Path, load: LoadResult) -> None:
    path.parent.mkdir(exist_ok=True)
    with path.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(LEDGER_COLUMNS)
        writer.writerows(attempt_to_row(row) for row in load.attempts)


def test_the_measure_finds_what_blocks_and_passes_over_a_wait_for_a_core(
    held: list[Held],
) -> None:
    async def block() -> None:
        time.sleep(0.12)  # noqa: ASYNC251 - what is tried

    asyncio.run(block())

    assert len(held) == 1
    assert held[0].seconds == pytest.approx(0.12, abs=0.05)


def test_a_runner_plays_a_game_day_and_writes_its_report(
    held: list[Held], load: LoadResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def finished(_: FakeLoadHandle) -> LoadResult:
        return load

    monkeypatch.setattr(FakeLoadHandle, "finished", finished)

    async def whole() -> Path:
        world = World()
        runs = files(tmp_path)
        world.tools = replace(world.tools, runs=runs)
        day = await play(world)
        assert day.status.outcome is not None
        return Path(day.status.outcome.report)

    report = asyncio.run(whole())

    assert (report / "report.json").is_file()
    assert held == []


def test_a_runner_reads_the_ledger_of_its_load(
    held: list[Held], load: LoadResult, tmp_path: Path
) -> None:
    ledger = tmp_path / "load" / "run.csv"
    write_ledger(ledger, load)

    async def read() -> LoadResult:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-S", "-c", ""), stdin=-1, stdout=-1
        )
        return await LoadProcessHandle(process, load_order("http://none"), ledger).finished()

    assert len(asyncio.run(read()).attempts) >= ROWS
    assert held == []


def test_a_janitor_sweeps_takes_deliveries_and_writes_the_report_of_a_dead_runner(
    held: list[Held], evidence: Evidence, load: LoadResult, tmp_path: Path
) -> None:
    run = evidence.plan.run
    write_ledger(tmp_path / "load" / f"{run}.csv", load)
    gone = replace(ProcessIdentity.own(), place="another boot")

    async def clean() -> None:
        dead = RunFiles(tmp_path / "reports", tmp_path / "runs", tmp_path / "load", lambda: gone)
        await dead.open(evidence.plan)
        for mark in evidence.marks:
            dead.keep(evidence.plan, mark)
        janitor = janitor_of(World(), files(tmp_path))
        token = tmp_path / "token"
        token.write_text("a-token")
        app = create_app(janitor, DeliveryRecord(tmp_path / "deliveries.jsonl"), Gate(token))
        way, headers = httpx.ASGITransport(app), {"Authorization": "Bearer a-token"}
        async with httpx.AsyncClient(transport=way, headers=headers) as client:
            await janitor.round()
            await client.post("http://janitor/deliveries", json={"alerts": []})
            await client.get("http://janitor/metrics")

    asyncio.run(clean())

    assert (tmp_path / "reports" / run / "report.json").is_file()
    assert held == []


def janitor_of(world: World, runs: RunFiles) -> Janitor:
    sweeper = Sweeper(
        platform=world.platform,
        ledger=world.ledger,
        faults=world.faults,
        changes=world.changes,
        clock=world.clock,
    )
    return Janitor(
        sweeper=sweeper,
        lock=world.lock,
        halt=world.halt,
        runs=runs,
        left=LeftOrders(world.orders, world.lock),
        clock=world.clock,
    )
