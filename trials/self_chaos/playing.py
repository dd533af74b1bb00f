"""One case from a clean stack to a clean stack."""

import asyncio
import json
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from subprocess import SubprocessError
from typing import Any

from ironclad.errors import IroncladError
from trials.harness import programs
from trials.harness.replicas import Replicas
from trials.harness.stand import Stand
from trials.harness.watch import Concern, Watch, until_clean, watching
from trials.kill.experiments import text_of
from trials.kill.faults import ERROR
from trials.self_chaos.case import Case, Place, Row
from trials.self_chaos.scene import Scene

CLEAN_WITHIN_SECONDS = 60.0
ARMED_WITHIN_SECONDS = 45.0
OVER_WITHIN_SECONDS = 120.0
REPORT_WITHIN_SECONDS = 30.0
HANGS_SECONDS = 30.0
"""How long a command may take to end after its report is there."""

LOOK_SECONDS = 0.1
EXIT_CODES = range(5)
KILLED = -9
TOO_SHORT = "recovery is not proven: it takes"
"""True of every case: a recovery phase of a second proves nothing."""


async def play(stand: Stand, case: Case) -> Row:
    """Give how it ended; a case that could not be played is a row with that as its problem."""
    scene = Scene(stand)
    try:
        async with (
            asyncio.timeout(OVER_WITHIN_SECONDS * 3),
            Replicas(stand) as replicas,
            watching(stand, replicas) as watch,
        ):
            if found := await until_clean(watch, CLEAN_WITHIN_SECONDS):
                return _failed(case, f"the stack was not clean before: {dict(found)}")
            return await _played(scene, case, replicas, watch)
    except (IroncladError, OSError, RuntimeError, SubprocessError, TimeoutError) as error:
        return _failed(case, f"{type(error).__name__}: {error}")
    finally:
        await _mended(scene, case)


async def _played(scene: Scene, case: Case, replicas: Replicas, watch: Watch) -> Row:
    before = set(scene.stand.reports.glob("2*"))
    await case.before(scene)
    experiment = scene.stand.experiments / "self-chaos.yaml"
    experiment.write_text(text_of("self-chaos", ERROR), encoding="utf-8")
    words = ("game-day", "run", str(experiment), "--ignore-budget", "--why", case.name)
    scene.runner = scene.stand.start("self-chaos", *words)
    if case.act is not None:
        if not await _armed(scene, replicas):
            return _failed(case, f"no fault was armed: {_last_words(scene.stand)}")
        await case.act(scene)
    hung = await _hung(scene, before)
    code = await asyncio.to_thread(scene.runner.wait, OVER_WITHIN_SECONDS)
    ended = time.monotonic()
    left = await _until_fault_free(case, watch)
    seconds = time.monotonic() - ended
    await case.mend(scene)
    report = await _report(scene.stand, before)
    problem = hung or unclear(code, report, _last_words(scene.stand)) or _left(left)
    return Row(
        name=case.name,
        place=Place.STACK,
        outcome=_outcome(code, report, _last_words(scene.stand)),
        fault_free_seconds=None if left else seconds,
        problem=problem,
    )


async def _armed(scene: Scene, replicas: Replicas) -> bool:
    deadline = time.monotonic() + ARMED_WITHIN_SECONDS
    while time.monotonic() < deadline and scene.runner is not None:
        if await replicas.armed():
            return True
        if scene.runner.poll() is not None:
            return False
        await asyncio.sleep(LOOK_SECONDS)
    return False


async def _hung(scene: Scene, before: set[Path]) -> str:
    """Wait until the command ends; end one that does not although its report is there."""
    deadline = time.monotonic() + OVER_WITHIN_SECONDS
    reported = 0.0
    while scene.is_running and time.monotonic() < deadline:
        if not reported and any(_reports(scene.stand, before)):
            reported = time.monotonic()
        if reported and time.monotonic() - reported > HANGS_SECONDS:
            break
        await asyncio.sleep(LOOK_SECONDS)
    if not scene.is_running:
        return ""
    scene.signal_runner(signal.SIGKILL)
    return f"its command was not over {HANGS_SECONDS:g} s after the report, and was killed"


def _reports(stand: Stand, before: set[Path]) -> Iterator[Path]:
    for folder in sorted(set(stand.reports.glob("2*")) - before):
        if (path := folder / "report.json").exists():
            yield path


async def _until_fault_free(case: Case, watch: Watch) -> Mapping[Concern, str]:
    """Wait until none of ours is left; that the platform is whole comes after mending."""
    deadline = time.monotonic() + CLEAN_WITHIN_SECONDS
    ignored = {Concern.PLATFORM, *([Concern.LEDGER] if case.spoils_ledger else [])}
    while True:
        found = {key: text for key, text in (await watch.look()).items() if key not in ignored}
        if not found or time.monotonic() > deadline:
            return found
        await asyncio.sleep(LOOK_SECONDS)


async def _report(stand: Stand, before: set[Path]) -> dict[str, Any] | None:
    """Wait for the report of a run that had begun; None where none had."""
    deadline = time.monotonic() + REPORT_WITHIN_SECONDS
    while set(stand.reports.glob("2*")) - before:
        for path in _reports(stand, before):
            report: dict[str, Any] = json.loads(path.read_bytes())
            return report
        if time.monotonic() > deadline:
            return {}
        await asyncio.sleep(LOOK_SECONDS)
    return None


def unclear(code: int, report: dict[str, Any] | None, said: str) -> str:
    """Say what is unclear about an ending; empty if nothing is."""
    if code not in EXIT_CODES and code != KILLED:
        return f"exit code {code}: {said}"
    if report == {}:
        return "the run began and has no report"
    if report is None:
        return "" if said else "it said nothing"
    return "" if report["reason"] else "the report gives no reason"


def _left(left: Mapping[Concern, str]) -> str:
    return "; ".join(f"{concern} left over: {text}" for concern, text in left.items())


def _outcome(code: int, report: dict[str, Any] | None, said: str) -> str:
    if not report:
        return f"exit code {code}: {said}"
    return f"{report['status']}, {report['verdict'] or 'no verdict'}: {_telling(report)}"


def _telling(report: Mapping[str, Any]) -> str:
    """Give the first reason that is not every case's."""
    reasons = [reason for reason in report["reasons"] if not reason.startswith(TOO_SHORT)]
    if reasons:
        return str(reasons[0])
    return "it hurt nothing" if report["reasons"] else str(report["reason"])


def _last_words(stand: Stand) -> str:
    path = stand.said / "self-chaos.log"
    lines = path.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return lines[-1] if lines else ""


async def _mended(scene: Scene, case: Case) -> None:
    if scene.runner is not None and scene.runner.poll() is None:
        programs.send(signal.SIGKILL, [scene.runner.pid])
        await asyncio.to_thread(scene.runner.wait, 10)
    await case.mend(scene)
    await case.clear(scene)


def _failed(case: Case, problem: str) -> Row:
    return Row(name=case.name, place=Place.STACK, outcome="", problem=problem)
