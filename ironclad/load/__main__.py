"""Start the generator: `python -m ironclad.load LEDGER.csv`, the order on standard input."""

import asyncio
import contextlib
import gc
import math
import resource
import signal
import sys
from pathlib import Path

from ironclad.clock import Epoch
from ironclad.domain.load.load import LoadOrder, LoadSecond
from ironclad.domain.load.wire_format import (
    closing_to_json,
    order_from_json,
    second_to_json,
    started_to_json,
)
from ironclad.load.client import Client, open_session
from ironclad.load.generator import Generator
from ironclad.load.ledger_file import LedgerFile
from ironclad.processes.priority import GENERATOR, take_turns_first


async def standard_input() -> asyncio.StreamReader:
    """Read standard input without a thread, which could not be ended at exit."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    return reader


async def lost(reader: asyncio.StreamReader, lease_seconds: float) -> str:
    """Return, with the reason, as soon as the lease is lost."""
    while True:
        try:
            line = await asyncio.wait_for(reader.readline(), lease_seconds)
        except TimeoutError:
            return f"the runner said nothing for {lease_seconds:g} s, so the load stopped"
        if not line:
            return "the runner closed the line, so the load stopped"


_SPARE_FILES = 64


def in_flight_limit(peak_rate: float, timeout_seconds: float, open_files: int) -> int:
    """Give half as much again as timeouts leave in flight, within what the system lets us open.

    A slow service alone never fills it: that takes a generator which fell behind.
    """
    needed = math.ceil(1.5 * peak_rate * timeout_seconds) + _SPARE_FILES
    return max(1, min(needed, open_files - _SPARE_FILES))


def raise_open_files() -> int:
    """Take all the open files that this process may have without asking; gives how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 65_536 if most == resource.RLIM_INFINITY else most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most


_ORDER_WAIT_SECONDS = 10


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _report(seconds: list[LoadSecond]) -> None:
    for second in seconds:
        _say(second_to_json(second))


async def _stopped(reader: asyncio.StreamReader, lease_seconds: float, generator: Generator) -> str:
    """Wait for the first of: a lost lease, SIGTERM."""
    loop, asked = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, asked.set)
    lease = asyncio.create_task(lost(reader, lease_seconds))
    term = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({lease, term}, return_when=asyncio.FIRST_COMPLETED)
        generator.is_orphaned = lease.done()
        return lease.result() if lease.done() else "the load had to stop"
    finally:
        lease.cancel()
        term.cancel()


async def _generate(order: LoadOrder, reader: asyncio.StreamReader, ledger: Path) -> None:
    epoch = Epoch()
    load = order.load
    limit = in_flight_limit(load.pacer.peak_rate, load.timeout.total_seconds(), raise_open_files())
    async with open_session(order) as session:
        client = Client(
            session, order.run, epoch, requests_per_connection=order.requests_per_connection
        )
        book = LedgerFile(ledger)
        gc.freeze()  # What is loaded by now stays; a full collection over it would delay hits.
        generator = Generator(order, client=client, ledger=book, epoch=epoch, in_flight_limit=limit)
        _say(started_to_json(generator.begun_at))
        closing = await generator.run(_stopped(reader, order.lease_seconds, generator), _report)
    _say(closing_to_json(closing))


async def _main(ledger: Path) -> None:
    reader = await standard_input()
    line = await asyncio.wait_for(reader.readline(), _ORDER_WAIT_SECONDS)
    await _generate(order_from_json(line.decode()), reader, ledger)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the runner's business.
    take_turns_first(GENERATOR)
    with contextlib.suppress(BrokenPipeError):
        asyncio.run(_main(Path(sys.argv[1])))
