"""Start the generator: `python -m ironclad.load LEDGER.csv`, the order on standard input."""

import asyncio
import contextlib
import gc
import signal
import sys
from pathlib import Path

from ironclad.domain.load.load import LoadOrder, LoadSecond
from ironclad.domain.load.wire_format import (
    closing_to_json,
    order_from_json,
    second_to_json,
    started_to_json,
)
from ironclad.load.client import Client, open_session
from ironclad.load.epoch import Epoch
from ironclad.load.generator import Generator
from ironclad.load.ledger_file import LedgerFile
from ironclad.load.limits import in_flight_limit, lost, raise_open_files, standard_input
from ironclad.processes.priority import GENERATOR, take_turns_first

_ORDER_WAIT_SECONDS = 10


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _report(seconds: list[LoadSecond]) -> None:
    for second in seconds:
        _say(second_to_json(second))


async def _stopped(reader: asyncio.StreamReader, lease_seconds: float) -> str:
    """Wait for the first of: a lost lease, SIGTERM."""
    loop, asked = asyncio.get_running_loop(), asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, asked.set)
    lease = asyncio.create_task(lost(reader, lease_seconds))
    term = asyncio.create_task(asked.wait())
    try:
        await asyncio.wait({lease, term}, return_when=asyncio.FIRST_COMPLETED)
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
        closing = await generator.run(_stopped(reader, order.lease_seconds), _report)
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
