"""A runner is killed in the moment in which its change is on: many times, on a stack without load.

`python -m trials.kill.close_up --out FILE` measures the version that it runs in. `--beside FILE`
names what another version wrote; the table of both then goes to `docs/results/kill-trials.md`.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from ironclad.adapters.files.lock import FileLock
from ironclad.adapters.files.undo_ledger import FileLedger
from ironclad.adapters.http.chaos import ChaosHttp
from ironclad.adapters.http.transport import TokenFile
from ironclad.adapters.local.changes import LocalChanges
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.errors import IroncladError
from tests.fakes.stack.live_stack import LiveStack, StackSpec, forget, open_root, stack_in
from trials.harness.pages import put_into
from trials.kill.close_up_table import table

KINDS = (
    FaultKind.ERROR,
    FaultKind.REPLICA_PAUSE,
    FaultKind.DATABASE_PARTITION,
    FaultKind.POSTGRES_DOWN,
)
_LOOK_SECONDS = 0.02
_WITHIN_SECONDS = 60.0


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
    """Looks at a stack from outside."""

    def __init__(self, stack: LiveStack) -> None:
        platform = stack.platform
        self._platform = platform
        self._chaos = ChaosHttp(TokenFile(platform.folder.chaos_token))
        self._changes = LocalChanges(platform.supervisor, platform.folder.path, platform.run_folder)
        self._before: dict[str, str] = {}

    async def begin(self) -> None:
        """Wait until everything is as it should be, and keep that."""
        while not self._before or not all((await self.look()).values()):
            self._before = dict(await self._changes.snapshot())
            if set(self._before.values()) != {"up", "open"}:
                self._before = {}
            await asyncio.sleep(0.2)

    async def look(self) -> dict[str, bool]:
        """Say of each concern whether it is as before."""
        replicas = await self._platform.replicas()
        statuses = await asyncio.gather(*(self._chaos.status(each) for each in replicas))
        is_as_before = await self._is_as_before()
        ready = await asyncio.gather(*(self._chaos.is_ready(each) for each in replicas))
        folder = self._platform.folder
        holder = await FileLock(folder.lock).holder()
        entries = await FileLedger(folder.ledger).entries()
        return {
            "fault": not any(each.faults for each in statuses),
            "platform": is_as_before,
            "ready": is_as_before and all(ready),
            "released": holder is None and not entries,
        }

    async def _is_as_before(self) -> bool:
        try:
            return dict(await self._changes.snapshot()) == self._before
        except IroncladError:
            return False

    async def until_clean(self, since: float) -> dict[str, float]:
        """Give for each concern when it was seen to be as before, for good."""
        seen: dict[str, float] = {}
        while time.monotonic() - since < _WITHIN_SECONDS:
            found = await self.look()
            now = time.monotonic() - since
            seen = {name: seen.get(name, now) for name, is_clean in found.items() if is_clean}
            if len(seen) == len(found):
                return {name: round(at, 3) for name, at in seen.items()}
            await asyncio.sleep(_LOOK_SECONDS)
        raise TimeoutError(f"not clean after {_WITHIN_SECONDS:g} s; clean were {sorted(seen)}")


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
        eye, rows = Eye(stack), list[Measured]()
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
    parser.add_argument("--beside", type=Path, help="what another version wrote")
    given = parser.parse_args()
    rows = [asdict(row) for row in asyncio.run(_all(given.count, given.stopped, given.seed))]
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(json.dumps(rows, indent=1) + "\n")
    if given.beside:
        text = table(json.loads(given.beside.read_text()), rows)
        put_into("close-up", text, Path("docs/results/kill-trials.md"))


if __name__ == "__main__":
    main()
