"""A game day under way, in a process of the command line or in one of Prefect's worker."""

import asyncio
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from trials.harness import programs
from trials.harness.stand import Stand
from trials.kill.draws import Trial
from trials.kill.ways import Host

_PICKED_UP_WITHIN_SECONDS = 90.0
_LOOK_SECONDS = 0.1


class NotStartedError(Exception):
    """The worker did not take the run up."""


@dataclass(slots=True)
class Runner:
    """`pid` is the process that runs the flow; `flow_run` is known of a worker's alone."""

    pid: int
    flow_run: str = ""
    command: "subprocess.Popen[bytes] | None" = None

    def is_over(self) -> bool:
        if self.command is not None:
            return self.command.poll() is not None
        return not programs.is_alive(self.pid)

    @property
    def exit_code(self) -> int | None:
        return None if self.command is None else self.command.poll()


async def start(stand: Stand, trial: Trial, experiment: Path) -> Runner:
    if trial.host is Host.COMMAND:
        return _by_command(stand, trial, experiment)
    return await _by_worker(stand, experiment)


def _by_command(stand: Stand, trial: Trial, experiment: Path) -> Runner:
    words = ("game-day", "run", str(experiment), "--ignore-budget", "--why", "a kill trial")
    process = stand.start(trial.name, *words)
    return Runner(process.pid, command=process)


async def _by_worker(stand: Stand, experiment: Path) -> Runner:
    flow_run = await stand.prefect.start_game_day(
        {
            "experiment": str(experiment),
            "platform": "local",
            "ignore_budget": True,
            "why": "a kill trial",
        }
    )
    return Runner(await _picked_up(flow_run), flow_run)


async def _picked_up(flow_run: str) -> int:
    deadline = time.monotonic() + _PICKED_UP_WITHIN_SECONDS
    while time.monotonic() < deadline:
        if found := await asyncio.to_thread(programs.flow_processes, flow_run):
            return max(found, key=lambda process: process.create_time()).pid
        await asyncio.sleep(_LOOK_SECONDS)
    raise NotStartedError(f"the worker did not take {flow_run} up")
