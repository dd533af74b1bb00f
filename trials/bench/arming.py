"""How long it takes until a fault is on many replicas, and until it is off them again."""

import asyncio
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp

from ironclad.adapters.files.undo_ledger import FileLedger
from ironclad.adapters.http.chaos import ChaosHttp
from ironclad.adapters.http.transport import TokenFile
from ironclad.domain.experiment.experiment import Fault, Target
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import FAULT_LEASE, LEDGER_LEASE, UndoAction, UndoEntry
from trials.bench.benchmark import Result
from trials.bench.rows import Goal, Row, paired
from trials.harness.pairs import in_turn
from trials.harness.serving import ROOT

ROUNDS = 7
COUNTS = (1, 10, 50)
PEER = "one aiohttp session, all at once"
LIMIT_SECONDS = 1.0
FAULT = Fault(
    id="bench",
    kind=FaultKind.ERROR,
    at=timedelta(),
    duration=timedelta(seconds=60),
    target=Target(replicas=1),
    share=0.2,
    status=503,
)


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds, each until it was seen on, or off, every replica."""

    arm: float
    undo: float


@dataclass(frozen=True, slots=True)
class Place:
    replicas: tuple[Replica, ...]
    folder: Path
    token_file: Path


def measure() -> Result:
    rows = [row for count in COUNTS for row in _measured(count)]
    return Result(
        rows,
        (
            "Ours writes the undo down first, synced to disk, and removes it at the end.",
            "Both look at every replica afterwards: what grows is two calls to each replica.",
        ),
    )


def _measured(count: int) -> list[Row]:
    with _place(count) as place:
        sides: dict[str, Callable[[], Took]] = {
            "ours": lambda: asyncio.run(_ours(place)),
            PEER: lambda: asyncio.run(_peers(place)),
        }
        took = in_turn(sides, ROUNDS)
    goal = Goal("ours", "at most", LIMIT_SECONDS) if count == max(COUNTS) else None
    replicas = f"{count} replica{'s' * (count > 1)}"
    return [
        paired(
            f"{name}, {replicas}",
            "s",
            ours=[getattr(each, name) for each in took["ours"]],
            peer=PEER,
            theirs=[getattr(each, name) for each in took[PEER]],
            goal=goal,
        )
        for name in ("arm", "undo")
    ]


@contextmanager
def _place(count: int) -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        token = Path(folder) / "token"
        token.write_text(secrets.token_urlsafe(32), encoding="ascii")
        command = [sys.executable, "-m", "trials.bench.replicas", str(count), str(token)]
        with subprocess.Popen(  # noqa: S603 - our own command line
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as family:
            assert family.stdout is not None  # noqa: S101 - it is piped
            ports = family.stdout.readline().split()
            replicas = [Replica(f"replica-{port}", f"http://127.0.0.1:{port}") for port in ports]
            yield Place(tuple(replicas), Path(folder), token)


async def _ours(place: Place) -> Took:
    """What `game_day.arming` and `game_day.leased` do, in their order."""
    chaos, ledger = ChaosHttp(TokenFile(place.token_file)), FileLedger(place.folder / "ledger")
    began = time.perf_counter()
    await ledger.write(_entry(place))
    await asyncio.gather(
        *(chaos.arm(each, FAULT, run="bench", lease=FAULT_LEASE) for each in place.replicas)
    )
    await _seen_by(chaos, place, faults=1)
    armed = time.perf_counter()
    await asyncio.gather(*(chaos.disarm(each, FAULT.id) for each in place.replicas))
    await _seen_by(chaos, place, faults=0)
    await ledger.remove("bench")
    return Took(armed - began, time.perf_counter() - armed)


async def _seen_by(chaos: ChaosHttp, place: Place, *, faults: int) -> None:
    statuses = await asyncio.gather(*(chaos.status(each) for each in place.replicas))
    if any(len(status.faults) != faults for status in statuses):
        raise RuntimeError(f"not every replica has {faults} faults: {statuses}")


def _entry(place: Place) -> UndoEntry:
    now = datetime.now(UTC)
    return UndoEntry(
        id="bench",
        run="bench",
        action=UndoAction.DISARM,
        targets=tuple(each.name for each in place.replicas),
        lease_until=now + LEDGER_LEASE,
        deadline=now + FAULT.duration,
        who="bench",
        why="bench",
    )


async def _peers(place: Place) -> Took:
    order = {"kind": "error", "status": 503, "share": 0.2, "seed": 1, "lease_seconds": 6}
    headers = {"X-Chaos-Token": place.token_file.read_text(encoding="ascii")}
    async with aiohttp.ClientSession(headers=headers) as session:

        async def each(method: str, path: str, **more: object) -> None:
            async def one(replica: Replica) -> None:
                async with session.request(method, replica.url + path, **more) as answer:  # type: ignore[arg-type]
                    answer.raise_for_status()
                    await answer.read()

            await asyncio.gather(*(one(replica) for replica in place.replicas))

        began = time.perf_counter()
        await each("PUT", "/api/chaos/faults/bench", json=order)
        await each("GET", "/api/chaos")
        armed = time.perf_counter()
        await each("DELETE", "/api/chaos/faults/bench")
        await each("GET", "/api/chaos")
        return Took(armed - began, time.perf_counter() - armed)
