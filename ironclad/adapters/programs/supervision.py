"""Keeps programs up with supervisord: one daemon for each folder, which outlives its starter.

A program that dies is started again, at once and then ever more slowly. One that cannot start is
given up as FATAL until the next request for it.
"""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ironclad.adapters.files.atomic import remove_file
from ironclad.adapters.programs.processes import is_alive, is_ours, is_stopped, ours
from ironclad.adapters.programs.program import Program, ProgramCondition, ProgramState
from ironclad.adapters.programs.supervisor_files import SupervisorFiles
from ironclad.adapters.programs.supervisor_rpc import (
    ALREADY_ADDED,
    ALREADY_STARTED,
    BAD_NAME,
    NOT_RUNNING,
    SupervisorFault,
    SupervisorRpc,
)
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.errors import StateError, UnreachableError, WaitTimeoutError
from ironclad.slowness import Patience

_POLL_SECONDS = 0.05
_DAEMON_START = timedelta(seconds=20)
_DAEMON_NOTICES = timedelta(seconds=2)
_DAEMON_STOP = timedelta(seconds=15)
_PROGRAMS_STOP = timedelta(seconds=60)
_ORPHANS_LEAVE = timedelta(seconds=6)


class Supervisor:
    """One supervisord. Every method ends within a bounded time and repairs what it finds broken."""

    def __init__(self, folder: Path, run_folder: Path) -> None:
        self._files = SupervisorFiles(folder, run_folder)
        self._rpc = SupervisorRpc(self._files.socket)

    @property
    def socket(self) -> Path:
        """Where the daemon answers."""
        return self._files.socket

    async def start(self) -> bool:
        """Bring the daemon up with every program it knew; say whether it was down."""
        if await self.is_up():
            return False
        self._files.prepare()
        await self.clear_away_remains()
        self._files.write_configuration()
        await self._launch()
        return True

    async def is_up(self) -> bool:
        return await self.pid() is not None

    async def pid(self) -> int | None:
        """Give the daemon's process id; None where none answers."""
        try:
            return int(await self._rpc.call("getPID"))
        except (UnreachableError, SupervisorFault):
            return None

    async def ensure(self, programs: Sequence[Program]) -> tuple[str, ...]:
        """Have them run exactly as defined; tell what had to be done, nothing if nothing had."""
        changes = ["supervisor started"] if await self.start() else []
        self._files.prepare()
        rewritten = [each.name for each in programs if self._files.write(each)]
        self._files.write_configuration()
        names = [each.name for each in programs]
        changes += await self._take_over(names)
        changes += await self._start_what_is_down(names, changes)
        changed = {change.split()[0] for change in changes}
        changes += [f"{name} definition restored" for name in rewritten if name not in changed]
        return tuple(changes)

    async def stale(self, programs: Sequence[Program]) -> tuple[str, ...]:
        """Name those that `ensure` would start or restart; changes nothing."""
        states = await self.states()
        return tuple(
            each.name
            for each in programs
            if not self._files.is_written(each)
            or each.name not in states
            or states[each.name].is_down
        )

    def environment_of(self, name: str) -> dict[str, str]:
        """Give what the program was last started with; nothing before its first start."""
        return self._files.environment_of(name)

    async def states(self) -> dict[str, ProgramState]:
        """Give every supervised program by name; nothing where the daemon is down."""
        try:
            return await self._known_states()
        except (UnreachableError, SupervisorFault):
            return {}

    async def _known_states(self) -> dict[str, ProgramState]:
        answer: list[dict[str, Any]] = await self._rpc.call("getAllProcessInfo")
        return {str(each["name"]): _state(each) for each in answer}

    async def pid_of(self, name: str) -> int | None:
        state = (await self.states()).get(name)
        return state.pid or None if state else None

    async def process_of(self, name: str) -> int | None:
        """Give the process id, None while it has none; raises where the daemon does not say."""
        answer: dict[str, Any] = await self._rpc.call("getProcessInfo", name)
        return _state(answer).pid or None

    async def signal(self, name: str, signal_name: str) -> None:
        """Send a signal and nothing more: what ends by it is started again."""
        await self._rpc.call("signalProcess", name, signal_name)

    async def stop_one(self, name: str) -> None:
        """Set its end going, in good order; it stays down until somebody starts it."""
        await self._call("stopProcess", name, False, unless=NOT_RUNNING)  # noqa: FBT003

    async def start_one(self, name: str) -> bool:
        """Start it if it is down; say whether it runs. Not being supervised is an error."""
        answer: dict[str, Any] = await self._rpc.call("getProcessInfo", name)
        state = _state(answer)
        if state.is_down:
            await self._call("startProcess", name, False, unless=ALREADY_STARTED)  # noqa: FBT003
        return bool(state.pid) and state.is_kept_up

    async def readiness(self, name: str) -> Readiness:
        """Say how far it got with a program, before that is asked anything itself."""
        states = await self.states()
        state = states.get(name)
        if state is None:
            silent = "" if states else await self.silence()
            return Readiness(Condition.IN_PROGRESS, silent or f"{name} is not supervised yet")
        if state.condition is ProgramCondition.FATAL:
            said = await asyncio.to_thread(self.last_words, name)
            return Readiness(
                Condition.FAILED, f"{name} could not be started and was given up: {said}"
            )
        if not state.pid:
            problem = f" ({state.problem})" if state.problem else ""
            return Readiness(
                Condition.IN_PROGRESS, f"{name} is {state.condition.value.lower()}{problem}"
            )
        if await asyncio.to_thread(is_stopped, state.pid):
            return Readiness(Condition.IN_PROGRESS, _stopped(name, state.pid))
        return Readiness(
            Condition.READY, f"{name} runs as process {state.pid} for {state.up_seconds} s"
        )

    async def stopped(self) -> tuple[str, ...]:
        """Say which programs a signal keeps from doing anything, the daemon among them."""
        states = await self.states()
        if not states:
            return tuple(filter(None, [await self.silence()]))
        pids = {name: state.pid for name, state in states.items() if state.pid}
        held = await asyncio.to_thread(lambda: [n for n in pids if is_stopped(pids[n])])
        return tuple(_stopped(name, pids[name]) for name in held)

    async def silence(self) -> str:
        """Say which daemon gives no answer, and why; empty where there is none."""
        pid = await asyncio.to_thread(self.recorded_pid)
        if pid is None:
            return ""
        if await asyncio.to_thread(is_stopped, pid):
            return _stopped("supervisord", pid)
        return f"supervisord (process {pid}) does not answer, so its programs are not known"

    def last_words(self, name: str, lines: int = 3) -> str:
        """Give the end of a program's log on one line."""
        try:
            text = self._files.log(name).read_bytes()[-4000:].decode(errors="replace")
        except OSError:
            return "it wrote no log"
        tail = [line.strip() for line in text.splitlines() if line.strip()][-lines:]
        return " | ".join(tail) or "its log is empty"

    async def remove(self, names: Collection[str]) -> None:
        """Stop them all at once, wait until they are gone and forget them."""
        known = [name for name in await self.states() if name in names]
        await self._stop(known)
        for name in names:
            self._files.forget(name)
        for name in known:
            await self._call("removeProcessGroup", name, unless=BAD_NAME)
        if await self.is_up():
            self._files.write_configuration()

    async def stop_all(self, last: Collection[str] = ()) -> None:
        """Stop every program, those named `last` after the others, then the daemon.

        What it started is gone afterwards, also what a killed daemon left behind.
        """
        states = await self.states()
        await self._stop([name for name in states if name not in last])
        await self._stop([name for name in states if name in last])
        await self._stop_daemon()
        await self._end_orphans()
        for path in (self._files.socket, self._files.pid_file):
            if path.parent.is_dir():
                remove_file(path)

    async def clear_away_remains(self) -> None:
        """A daemon that lost its socket or hangs, then what it or a killed one started.

        The kernel tells its programs to go, all at once: PostgreSQL in good order.
        """
        pid = self.recorded_pid()
        if pid:
            await self._end(pid, signal.SIGKILL)
        if not await _becomes_true(self._is_deserted, Patience(_ORPHANS_LEAVE)):
            await self._end_orphans()

    def recorded_pid(self) -> int | None:
        """Give the daemon's process id as its file tells it, also of one that does not answer."""
        try:
            pid = int(self._files.pid_file.read_text())
        except (OSError, ValueError):
            return None
        return pid if is_ours(pid, self._files.folder) else None

    async def _launch(self) -> None:
        command = (sys.executable, "-m", "supervisor.supervisord", "-c")
        process = await asyncio.create_subprocess_exec(
            *command,
            str(self._files.configuration),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=self._files.base_environment(),
            cwd=self._files.folder,
            start_new_session=True,
        )
        patience, speaking = Patience(_DAEMON_START), asyncio.ensure_future(_first_words(process))
        if not await _becomes_true(self.is_up, patience):
            said = speaking.result() if speaking.done() else b""
            speaking.cancel()
            words = said.decode(errors="replace").strip().splitlines()[-3:]
            raise StateError(
                f"supervisord does not come up in {self._files.folder} within {patience}:"
                f" {' | '.join(words) or 'it said nothing'}"
            )
        await speaking

    async def _take_over(self, names: Collection[str]) -> list[str]:
        """Give supervisord the new definitions; it knows itself which of them differ."""
        added, changed, _ = (await self._rpc.call("reloadConfig"))[0]
        changed = [name for name in changed if name in names]
        await self._stop(changed)
        for name in changed:
            await self._call("removeProcessGroup", name, unless=BAD_NAME)
        added = [name for name in added if name in names]
        for name in [*changed, *added]:
            await self._call("addProcessGroup", name, unless=ALREADY_ADDED)
        return [f"{name} restarted" for name in changed] + [f"{name} started" for name in added]

    async def _start_what_is_down(self, names: Collection[str], changes: list[str]) -> list[str]:
        """The new ones have just been started; any other that is down had been given up."""
        states = await self._known_states()
        changed = {change.split()[0] for change in changes}
        down = [name for name in names if name not in changed and states[name].is_down]
        for name in down:
            await self._call("startProcess", name, False, unless=ALREADY_STARTED)  # noqa: FBT003
        return [f"{name} started" for name in down]

    async def _stop(self, names: Collection[str]) -> None:
        """Signal all of them at once: waiting inside supervisord would burn a core."""
        for name in names:
            await self._call("stopProcess", name, False, unless=NOT_RUNNING)  # noqa: FBT003

        async def are_down() -> bool:
            states = await self.states()
            return all(name not in states or states[name].is_down for name in names)

        patience = Patience(_PROGRAMS_STOP)
        if not await _becomes_true(are_down, patience):
            raise WaitTimeoutError(f"{', '.join(sorted(names))} did not stop within {patience}")

    async def _call(self, method: str, *arguments: Any, unless: int) -> None:
        try:
            await self._rpc.call(method, *arguments)
        except SupervisorFault as fault:
            if fault.code != unless:
                raise

    async def _stop_daemon(self) -> None:
        pid = await self.pid() or self.recorded_pid()
        if pid is None:
            return
        with contextlib.suppress(UnreachableError, SupervisorFault):
            await self._rpc.call("shutdown")  # at once, where a signal waits for its next look
        if not await _becomes_true(lambda: _is_gone(pid), Patience(_DAEMON_NOTICES)):
            await self._end(pid, signal.SIGTERM, signal.SIGKILL)

    async def _end(self, pid: int, *signals: int) -> None:
        for number in signals:
            _signal(pid, number)
            if await _becomes_true(lambda: _is_gone(pid), Patience(_DAEMON_STOP)):
                return

    async def _end_orphans(self) -> None:
        """What its programs started and left behind; it may have something to take back."""
        for number in (signal.SIGTERM, signal.SIGKILL):
            for pid in await asyncio.to_thread(ours, self._files.folder):
                _signal(pid, number)
            if await _becomes_true(self._is_deserted, Patience(_ORPHANS_LEAVE)):
                return
        left = ", ".join(map(str, ours(self._files.folder)))
        raise WaitTimeoutError(f"processes {left} of {self._files.folder} cannot be killed")

    async def _is_deserted(self) -> bool:
        return not await asyncio.to_thread(ours, self._files.folder)


def _stopped(name: str, pid: int) -> str:
    return (
        f"{name} (process {pid}) is stopped by a signal and does nothing; `kill -CONT {pid}` lets"
        " it go on"
    )


async def _first_words(process: asyncio.subprocess.Process) -> bytes:
    """Supervisord says what is wrong before it becomes a daemon."""
    said, _ = await process.communicate()
    return said


async def _becomes_true(condition: Callable[[], Awaitable[bool]], patience: Patience) -> bool:
    began = time.monotonic()
    while not await condition():
        if await patience.is_over(time.monotonic() - began):
            return False
        await asyncio.sleep(_POLL_SECONDS)
    return True


async def _is_gone(pid: int) -> bool:
    return not is_alive(pid)


def _signal(pid: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, number)


def _state(answer: dict[str, Any]) -> ProgramState:
    condition = ProgramCondition(answer["statename"])
    is_running = condition in {ProgramCondition.RUNNING, ProgramCondition.STARTING}
    return ProgramState(
        name=str(answer["name"]),
        condition=condition,
        pid=int(answer["pid"]),
        started=datetime.fromtimestamp(int(answer["start"]), UTC),
        up_seconds=max(0, int(answer["now"]) - int(answer["start"])) if is_running else 0,
        problem="" if is_running else _problem(answer),
    )


def _problem(answer: dict[str, Any]) -> str:
    status = int(answer["exitstatus"])
    return str(answer["spawnerr"]) or (f"exit status {status}" if status else "")
