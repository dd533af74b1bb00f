"""Arming that stays half done for a moment: the second target is held back meanwhile."""

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from trials.harness.trail import follow
from trials.kill.boundaries import Boundary
from trials.kill.endings import Scene

_SECOND_TARGET = "backend-1"
_AFTER_FIRST_SECONDS = 0.4
"""Longer than it takes to notice the first and to act, shorter than any call's patience."""

_LONGEST_SECONDS = 90.0


@asynccontextmanager
async def held_back(scene: Scene) -> AsyncIterator[None]:
    """Stop the second target as soon as the fault phase begins, until the first one is armed."""
    if scene.trial.boundary is not Boundary.HALF_ARMED:
        yield
        return
    holding = asyncio.create_task(_hold(scene))
    try:
        yield
    finally:
        holding.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await holding


async def _hold(scene: Scene) -> None:
    pid = await scene.stand.platform.supervisor.pid_of(_SECOND_TARGET)
    if pid is None:
        return
    until = time.monotonic() + _LONGEST_SECONDS
    await follow(lambda: _has_begun(scene), until)
    os.kill(pid, signal.SIGSTOP)
    try:
        await follow(lambda: scene.trail.reached(Boundary.HALF_ARMED), until)
        await asyncio.sleep(_AFTER_FIRST_SECONDS + scene.trial.delay_seconds)
    finally:
        os.kill(pid, signal.SIGCONT)


async def _has_begun(scene: Scene) -> bool:
    return scene.trail.at("fault began") is not None
