"""What watches breaks: Prometheus, Alertmanager, the janitor."""

import asyncio
import shutil

from trials.self_chaos.case import Case
from trials.self_chaos.scene import Scene

SLOW_TURNS = 6
SLOW_SECONDS = 0.9
HANG_SECONDS = 5.0
LONGER_THAN_A_SWEEP_SECONDS = 12.0


def _stopped(name: str, also: str = "") -> Case:
    async def act(scene: Scene) -> None:
        await scene.stop(name)

    async def mend(scene: Scene) -> None:
        await scene.start(name)

    return Case(name=f"{name}{also} away for the rest of the run", act=act, mend=mend)


def _killed(name: str) -> Case:
    async def act(scene: Scene) -> None:
        await scene.kill(name)

    return Case(name=f"{name} killed, and back by its supervisor", act=act)


def _hangs(name: str, seconds: float) -> Case:
    async def act(scene: Scene) -> None:
        await scene.pause(await scene.pids_of(name), seconds)

    return Case(name=f"{name} stopped by SIGSTOP for {seconds:g} s, then SIGCONT", act=act)


async def _slow_prometheus(scene: Scene) -> None:
    for _ in range(SLOW_TURNS):
        await scene.pause(await scene.pids_of("prometheus"), SLOW_SECONDS)
        await asyncio.sleep(1 - SLOW_SECONDS)


async def _empty_prometheus(scene: Scene) -> None:
    await scene.stop("prometheus")
    shutil.rmtree(scene.stand.stack_folder / "prometheus" / "data")
    await scene.start("prometheus")


async def _no_janitor(scene: Scene) -> None:
    """Away before the game day is planned, for longer than a sweep may be old."""
    await scene.stop("janitor")
    await asyncio.sleep(LONGER_THAN_A_SWEEP_SECONDS + 5)


async def _janitor_back(scene: Scene) -> None:
    await scene.start("janitor")


CASES = (
    Case(name="Prometheus slow: nine tenths of the time", act=_slow_prometheus),
    _stopped("prometheus"),
    _killed("prometheus"),
    _hangs("prometheus", HANG_SECONDS),
    Case(name="Prometheus restarted without its data", act=_empty_prometheus),
    Case(name="Prometheus empty when the run begins", before=_empty_prometheus),
    _stopped("alertmanager"),
    _killed("janitor"),
    _stopped("janitor", ", which receives the alerts,"),
    _hangs("janitor", LONGER_THAN_A_SWEEP_SECONDS),
    Case(name="janitor dead before the run", before=_no_janitor, mend=_janitor_back),
)
