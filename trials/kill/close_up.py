"""A runner is killed in the moment in which its change is on: many times, on a stack without load.

`python -m trials.kill.close_up --out FILE` measures the version that it runs in.
`trials.kill.beside` makes one table of two such files.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp

from ironclad.adapters.files.lock import FileLock
from ironclad.adapters.files.undo_ledger import FileLedger
from ironclad.adapters.local.changes import LocalChanges
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.errors import IroncladError
from tests.fakes.stack.live_stack import LiveStack, StackSpec, forget, open_root, stack_in

KINDS = (
    FaultKind.ERROR,
    FaultKind.REPLICA_PAUSE,
    FaultKind.DATABASE_PARTITION,
    FaultKind.POSTGRES_DOWN,
)
_LOOK_SECONDS = 0.02
_WITHIN_SECONDS = 60.0
_ANSWER = aiohttp.ClientTimeout(total=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Seconds from the signal until each was as before, seen from outside."""

    kind: str
    way: str
    fault: float
    platform: float
    ready: float
    released: float


class Eye:
    """Looks at a stack from outside, at each concern by itself and as often as it can be asked."""

    def __init__(self, stack: LiveStack, session: aiohttp.ClientSession) -> None:
        self._platform, self._session = stack.platform, session
        self._folder = stack.platform.folder
        self._token = self._folder.chaos_token.read_text().strip()
        self._changes = LocalChanges(
            stack.platform.supervisor, self._folder.path, stack.platform.run_folder
        )
        self._urls: list[str] = []

    async def begin(self) -> None:
        """Wait until everything is as it should be."""
        self._urls = [each.url for each in await self._platform.replicas()]
        await self.until_clean(time.monotonic())

    async def until_clean(self, since: float) -> dict[str, float]:
        """Give for each concern the seconds until it was seen to be as before."""
        asks = {
            "fault": self._is_fault_free,
            "platform": self._is_as_before,
            "ready": self._is_ready,
            "released": self._is_released,
        }
        async with asyncio.timeout(_WITHIN_SECONDS):
            found = await asyncio.gather(*(_until(ask, since) for ask in asks.values()))
        return dict(zip(asks, found, strict=True))

    async def _is_fault_free(self) -> bool:
        answers = await asyncio.gather(*(self._get(url, "/api/chaos") for url in self._urls))
        return all(answer is not None and not answer["faults"] for answer in answers)

    async def _is_as_before(self) -> bool:
        try:
            words = set((await self._changes.snapshot()).values())
        except IroncladError:
            return False
        return words == {"up", "open"}

    async def _is_ready(self) -> bool:
        answers = await asyncio.gather(*(self._get(url, "/readyz") for url in self._urls))
        return None not in answers

    async def _is_released(self) -> bool:
        if await FileLock(self._folder.lock).holder() is not None:
            return False
        return not await FileLedger(self._folder.ledger).entries()

    async def _get(self, url: str, path: str) -> Any:
        try:
            headers = {"X-Chaos-Token": self._token}
            async with self._session.get(url + path, headers=headers) as answer:
                return await answer.json(content_type=None) if answer.ok else None
        except (aiohttp.ClientError, TimeoutError, ValueError):
            return None


async def _until(ask: Callable[[], Awaitable[bool]], since: float) -> float:
    while not await ask():  # noqa: ASYNC110 - seen from outside
        await asyncio.sleep(_LOOK_SECONDS)
    return round(time.monotonic() - since, 3)


async def _one(stack: LiveStack, eye: Eye, kind: FaultKind, way: str, after: float) -> Measured:
    await eye.begin()
    words = ("-m", "trials.kill.close_up_runner", str(stack.root), kind.value)
    runner = await asyncio.create_subprocess_exec(
        sys.executable, *words, stdout=asyncio.subprocess.PIPE
    )
    if runner.stdout is None or await runner.stdout.readline() != b"made\n":
        raise RuntimeError(f"the runner of {kind} ended before its change was made")
    await asyncio.sleep(after)
    since = time.monotonic()
    os.kill(runner.pid, signal.SIGKILL if way == "killed" else signal.SIGSTOP)
    try:
        found = await eye.until_clean(since)
    finally:
        if runner.returncode is None:
            runner.kill()
        await runner.wait()
    return Measured(kind=kind.value, way=way, **found)


async def _all(count: int, stopped: int, seed: int) -> list[Measured]:
    lot = random.Random(seed)  # noqa: S311 - repeatable, not secret
    trials = [(kind, "killed") for kind in KINDS for _ in range(count)]
    trials += [(FaultKind.ERROR, "stopped")] * stopped
    root = open_root()
    stack = stack_in(root, StackSpec())
    try:
        await stack.up()
        rows = list[Measured]()
        async with aiohttp.ClientSession(timeout=_ANSWER) as session:
            eye = Eye(stack, session)
            for kind, way in trials:
                rows.append(await _one(stack, eye, kind, way, lot.uniform(0, 2)))
                sys.stderr.write(f"[{len(rows)}/{len(trials)}] {rows[-1]}\n")
        return rows
    finally:
        await stack.down(delete_data=True)
        forget(root)


def main() -> None:
    parser = argparse.ArgumentParser(prog="trials.kill.close_up", description=__doc__)
    parser.add_argument("--count", type=int, default=30, help="kills of each kind")
    parser.add_argument("--stopped", type=int, default=5, help="runners that are stopped instead")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("reports/close_up.json"))
    given = parser.parse_args()
    rows = [asdict(row) for row in asyncio.run(_all(given.count, given.stopped, given.seed))]
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
