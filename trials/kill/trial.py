"""One trial from a clean stack to a clean stack."""

import asyncio
import time
from dataclasses import replace

from trials.harness import runners
from trials.harness.holding import held_back
from trials.harness.putting_right import put_right
from trials.harness.replicas import Replicas
from trials.harness.stand import Stand
from trials.harness.trail import Trail, follow
from trials.harness.watch import EVERY_SECONDS, Problems, Watch, until_clean, watching
from trials.kill.boundaries import Boundary
from trials.kill.draws import Trial
from trials.kill.endings import Scene, end
from trials.kill.experiments import write_experiment
from trials.kill.moments import ended_at
from trials.kill.rows import Row, failed, row_of

BOUNDARY_WITHIN_SECONDS = 60.0
CLEAN_WITHIN_SECONDS = 75.0
"""A change of the platform may take 60 s to be taken back; what is there later is left over."""

_REST_OF_A_GAME_DAY_SECONDS = 60.0
_STAYS_CLEAN_SECONDS = 0.5
_REPORT_WITHIN_SECONDS = 15.0


async def carry_out(stand: Stand, trial: Trial) -> Row:
    """Give what it showed, or why it could not be carried out; the next trial comes in any case."""
    try:
        return await _carried_out(stand, trial)
    except Exception as error:  # noqa: BLE001 - whatever it was is no proof, and no end
        return failed(trial, f"{type(error).__name__}: {error}")


async def _carried_out(stand: Stand, trial: Trial) -> Row:
    async with Replicas(stand) as replicas:
        if problems := await _unclean(stand, replicas):
            return failed(trial, f"the stack was not clean before: {dict(problems)}")
        try:
            runner = await runners.start(stand, trial, write_experiment(stand.experiments, trial))
        except runners.NotStartedError as error:
            return failed(trial, str(error))
        scene = Scene(stand, trial, runner, Trail(stand, trial, replicas))
        problem = "the trial was interrupted"
        try:
            row = await _from_boundary(scene, replicas)
        finally:
            problem = await put_right(scene)
    return replace(row, leftovers=(*row.leftovers, problem)) if problem else row


async def _unclean(stand: Stand, replicas: Replicas) -> Problems:
    """Say what is wrong before a trial, after repairing what an earlier one may have broken."""
    async with watching(stand, replicas) as watch:
        if not await until_clean(watch, CLEAN_WITHIN_SECONDS):
            return {}
        await stand.ironclad("disarm")
        await stand.ironclad("up")
        return await until_clean(watch, CLEAN_WITHIN_SECONDS)


async def _from_boundary(scene: Scene, replicas: Replicas) -> Row:
    trial = scene.trial
    async with held_back(scene):
        if trial.boundary and not await _reached(scene, trial.boundary):
            return failed(trial, f"it never came to {trial.boundary}: {_how(scene)}")
        await asyncio.sleep(trial.delay_seconds)
        async with watching(scene.stand, replicas) as watch:
            acted_at = time.time()
            ending = asyncio.create_task(end(scene))
            over_at = await _until_over(scene, watch)
            await ending
    return await _row(scene, watch, ended_at(scene, acted_at, over_at))


async def _reached(scene: Scene, boundary: Boundary) -> bool:
    async def reached_or_over() -> bool:
        return scene.runner.is_over() or await scene.trail.reached(boundary)

    await follow(reached_or_over, time.monotonic() + BOUNDARY_WITHIN_SECONDS)
    return not scene.runner.is_over() and await scene.trail.reached(boundary)


async def _until_over(scene: Scene, watch: Watch) -> float:
    """Wait until the runner has ended and everything stays clean; give when the runner ended."""
    allowed = CLEAN_WITHIN_SECONDS + _REST_OF_A_GAME_DAY_SECONDS + scene.trial.suspended_seconds
    until, over_at = time.time() + allowed, 0.0
    while (now := time.time()) < until:
        if scene.runner.is_over():
            if not over_at:
                over_at, until = now, min(until, now + CLEAN_WITHIN_SECONDS)
            lately = now - _STAYS_CLEAN_SECONDS
            if over_at < lately and watch.clean_since(lately):
                break
        await asyncio.sleep(EVERY_SECONDS)
    return over_at or now


async def _row(scene: Scene, watch: Watch, moment: float) -> Row:
    status = await _reported(scene)
    leftovers = [] if scene.runner.is_over() else ["the runner"]
    if status == _NONE:
        leftovers.append("no report")
    return row_of(scene.trial, watch.samples, moment, status=status, leftovers=leftovers)


_NONE = "none"


async def _reported(scene: Scene) -> str:
    """Wait for the report of a run that had begun; give its status and verdict."""
    until = time.monotonic() + _REPORT_WITHIN_SECONDS
    while scene.trail.folder is not None and time.monotonic() < until:
        if report := scene.trail.report():
            return f"{report['status']} {report['verdict'] or ''}".strip()
        await asyncio.sleep(EVERY_SECONDS)
    return _NONE if scene.trail.folder else "not begun"


def _how(scene: Scene) -> str:
    if not scene.runner.is_over():
        return f"it did not within {BOUNDARY_WITHIN_SECONDS:.0f} s"
    said = scene.stand.said / f"{scene.trial.name}.log"
    last = said.read_text(errors="replace").strip().splitlines()[-1:] if said.exists() else []
    return f"the runner ended before, exit code {scene.runner.exit_code}: {' '.join(last)}"
