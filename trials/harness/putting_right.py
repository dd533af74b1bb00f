"""After a trial: what a person would do, so that the next one finds everything as it was."""

import signal

from ironclad.errors import IroncladError
from trials.harness import programs
from trials.kill.endings import Scene
from trials.kill.ways import Way

_HIT_PREFECT = {Way.KILL_WORKER, Way.TERMINATE_WORKER, Way.KILL_SERVER, Way.VANISH}


async def put_right(scene: Scene) -> str:
    """End what should have ended; give what did not come back by itself, or nothing."""
    if not scene.runner.is_over():
        programs.send(signal.SIGKILL, [scene.runner.pid])
        programs.send(signal.SIGCONT, [scene.runner.pid])
    if scene.trial.way is Way.HALT:
        await scene.stand.ironclad("halt", "off")
    return await _prefect_is_back(scene) if scene.trial.way in _HIT_PREFECT else ""


async def _prefect_is_back(scene: Scene) -> str:
    try:
        await scene.stand.prefect_is_back()
    except IroncladError as error:
        await scene.stand.up()
        return str(error)
    return ""
