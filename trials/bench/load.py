"""How fast the load generator can send on time, and what its ledger takes."""

import asyncio
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from statistics import median

import psutil

from ironclad.adapters.load.process import LoadProcess
from ironclad.adapters.local.backend import caddy_program
from ironclad.domain.experiment.experiment import Load, Mix
from ironclad.domain.experiment.pacer import Constant
from ironclad.domain.load.load import LoadOrder
from tests.backend.postgres_server import free_port
from trials.bench import wrk
from trials.bench.benchmark import Result
from trials.bench.rows import Row, paired
from trials.harness import serving
from trials.harness.pairs import in_turn

SECONDS = 3
ROUNDS = 3
FULL = 0.999
LOWEST_RATE = 500.0
BISECTIONS = 3
GAME_RATES = (30.0, 100.0, 150.0, 300.0)
HEY_WORKERS = 50
MEMORY_RATE = 2_000.0
MEMORY_SECONDS = 25
HEY = "hey -q (50 workers, closed loop)"
WRK = "wrk (16 connections, no rate to keep)"


@dataclass(frozen=True, slots=True)
class Highest:
    rate: float
    lateness_p99_ms: float


@dataclass(frozen=True, slots=True)
class Trial:
    """One attempt at a rate; the share of what was due that was sent and answered."""

    achieved_ratio: float
    lateness_p99_ms: float = 0.0


def measure() -> Result:
    with fast_service() as url, tempfile.TemporaryDirectory() as folder:
        sides: dict[str, Callable[[], Highest]] = {
            "ours": lambda: highest(lambda rate: asyncio.run(_ours(url, rate, Path(folder)))),
            HEY: lambda: highest(lambda rate: _hey(url, rate)),
            WRK: lambda: Highest(wrk.ask(url, seconds=SECONDS).requests_per_second, 0.0),
        }
        found = in_turn(sides, ROUNDS)
        memory = asyncio.run(_memory(url, Path(folder)))
    rates = {name: [each.rate for each in got] for name, got in found.items()}
    lateness = median(each.lateness_p99_ms for each in found["ours"])
    title = "highest rate with 99.9 % of it achieved"
    return Result(
        [
            *(
                paired(title, "requests/s", ours=rates["ours"], peer=peer, theirs=rates[peer])
                for peer in (HEY, WRK)
            ),
            Row(name="p99 lateness at that rate", ours=lateness, unit="ms", peer=HEY),
            memory,
        ],
        (
            "Ours keeps its times whatever becomes of the answers (open loop), with a row each.",
            "Neither peer does, and neither can say how late it sent.",
            f"The service is Caddy with a fixed answer, on the same cores; {SECONDS} s a trial.",
        ),
    )


def alone(rounds: int) -> tuple[list[Highest], list[float]]:
    """Give the highest rates without a peer, and p99 lateness in ms at each of some game rates."""
    with fast_service() as url, tempfile.TemporaryDirectory() as folder:

        def trial(rate: float) -> Trial:
            return asyncio.run(_ours(url, rate, Path(folder)))

        found = [highest(trial) for _ in range(rounds)]
        return found, [trial(rate).lateness_p99_ms for rate in GAME_RATES]


def highest(trial: Callable[[float], Trial]) -> Highest:
    """Double until it falls behind, then halve the gap a few times."""
    best, failed = Highest(0.0, 0.0), 0.0
    rate = LOWEST_RATE
    while not failed:
        best, failed = _tried(trial, rate, best, failed)
        rate *= 2
    for _ in range(BISECTIONS if best.rate else 0):
        best, failed = _tried(trial, (best.rate + failed) / 2, best, failed)
    return best


def _tried(
    trial: Callable[[float], Trial], rate: float, best: Highest, failed: float
) -> tuple[Highest, float]:
    tried = trial(rate)
    if tried.achieved_ratio >= FULL:
        return Highest(rate, tried.lateness_p99_ms), failed
    return best, rate


@contextmanager
def fast_service(body: str = '{"orders": []}') -> Iterator[str]:
    """Serve something that is faster than anybody who asks: Caddy with a fixed list of orders."""
    listen = f"127.0.0.1:{free_port()}"
    command = [str(caddy_program()), "respond", "--listen", listen, "--body", body]
    command += ["--header", "Content-Type: application/json"]
    with serving.service(command, {}, f"http://{listen}") as served:
        yield f"{served.url}/api/orders"


def read_order(url: str, rate: float, seconds: float) -> LoadOrder:
    reads = Mix(write=0, read=1)
    return LoadOrder(
        run="bench",
        url=url.removesuffix("/api/orders"),
        load=Load(pacer=Constant(rate), mix=reads, timeout=timedelta(seconds=2)),
        duration_seconds=seconds,
        lease_seconds=seconds + 60,
    )


async def _ours(url: str, rate: float, folder: Path) -> Trial:
    async with LoadProcess(folder).running(read_order(url, rate, SECONDS)) as handle:
        result = await handle.finished()
    answered = sum(not row.is_bad for row in result.attempts)
    in_time = sum(
        row.answered_at <= result.started_at.timestamp() + SECONDS + 0.1 for row in result.attempts
    )
    lateness = result.lateness_p99_seconds
    return Trial(min(answered, in_time) / result.offered, (lateness or 0.0) * 1000)


def _hey(url: str, rate: float) -> Trial:
    each = rate / HEY_WORKERS
    command = ["hey", "-z", f"{SECONDS}s", "-c", str(HEY_WORKERS), "-q", f"{each:g}", url]
    said = subprocess.run(  # noqa: S603 - our own command line
        command, capture_output=True, text=True, check=True, timeout=SECONDS + 30
    ).stdout
    answers = sum(int(count) for count in re.findall(r"\[200\]\s+(\d+) responses", said))
    return Trial(answers / (rate * SECONDS))


async def _memory(url: str, folder: Path) -> Row:
    """Grow between the first fifth of a long load and its end, for a million requests."""
    order = read_order(url, MEMORY_RATE, MEMORY_SECONDS)
    async with LoadProcess(folder).running(order) as handle:
        process = psutil.Process(handle.pid)
        await asyncio.sleep(MEMORY_SECONDS / 5)
        early = process.memory_info().rss, len(handle.seconds())
        await asyncio.sleep(MEMORY_SECONDS * 0.75)
        late = process.memory_info().rss, len(handle.seconds())
        await handle.finished()
    grown = (late[0] - early[0]) / 2**20
    requests = (late[1] - early[1]) * MEMORY_RATE
    return Row(
        name="memory for a million requests, ledger on",
        ours=grown / requests * 1e6,
        unit="MiB",
        peer="none keeps a row for each request",
    )
