"""What comparing every answer costs the generator: requests a second with it, beside without."""

import asyncio
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ironclad.clock import Epoch
from ironclad.domain.experiment.experiment import Load
from ironclad.domain.load.load import LoadOrder, Operation
from ironclad.load.account import Account
from ironclad.load.client import Client, open_session
from ironclad.load.ledger_file import LedgerFile
from ironclad.load.mix import Request, Requests
from tests.fakes.load.attempts import attempt
from trials.bench.benchmark import Result
from trials.bench.load import fast_service, read_order
from trials.bench.rows import Goal, paired
from trials.harness.pairs import in_turn

SECONDS, ROUNDS, WORKERS = 4.0, 9, 16
SENT = {"item": "anvil", "quantity": 3, "price_cents": 1_200}
ORDER = {"id": 7, **SENT, "value_cents": 3_600, "created_at": "2026-11-30T12:00:00.000000+00:00"}
BODY = json.dumps(ORDER)
WROTE = Request(Operation.WRITE, "/api/orders", SENT)
WITHOUT = "the same answers by their status alone"


def measure() -> Result:
    with fast_service(BODY) as url, tempfile.TemporaryDirectory() as folder:
        order = read_order(url, rate=1.0, seconds=SECONDS)
        alone = replace(order, load=replace(order.load, path="/api/orders/7"))
        sides: dict[str, Callable[[], float]] = {
            "with": lambda: _rate(order, Path(folder)),
            WITHOUT: lambda: _rate(alone, Path(folder)),
        }
        found = in_turn(sides, ROUNDS)
    goal = Goal(of="ratio", bound="at least", value=0.9)
    row = paired(
        "every answer compared with what was asked for",
        "requests/s of one core",
        ours=found["with"],
        peer=WITHOUT,
        theirs=found[WITHOUT],
        goal=goal,
    )
    return Result(
        [row],
        (
            "The generator is one process; its time of one core is counted, whatever else runs.",
            f"{WORKERS} workers, each with its next request at once, with a ledger row each.",
            f"Each reads the same order of {len(BODY)} bytes; Caddy answers, on the same cores.",
        ),
    )


def _rate(order: LoadOrder, folder: Path) -> float:
    return asyncio.run(_driven(order, folder))


async def _driven(order: LoadOrder, folder: Path) -> float:
    """Raises RuntimeError unless every answer is the right one."""
    async with open_session(order) as session:
        epoch = Epoch()
        client, ledger = Client(session, order.run, epoch), LedgerFile(folder / "ledger.csv")
        driver = _Driver(order.load, client, ledger, Account(epoch.now()), epoch)
        until, began = time.monotonic() + SECONDS, time.process_time()
        await asyncio.gather(*(driver.work(until) for _ in range(WORKERS)))
        ledger.close()
    if driver.bad:
        raise RuntimeError(f"{driver.bad} of {driver.sent} answers were not the right one")
    return driver.sent / (time.process_time() - began)


class _Driver:
    def __init__(
        self, load: Load, client: Client, ledger: LedgerFile, account: Account, epoch: Epoch
    ) -> None:
        self._requests, self._client, self._ledger = _reads(load), client, ledger
        self._account, self._epoch = account, epoch
        self.sent = self.bad = 0

    async def work(self, until: float) -> None:
        while time.monotonic() < until:
            request, number = self._requests.draw(), self.sent
            self.sent += 1
            got = await self._client.attempt(number, self._epoch.now(), request)
            self._ledger.add(got)
            self._requests.answered(request, got)
            expected = request.met(got)
            self._account.answered(got, self._epoch.now(), is_expected=expected)
            self.bad += got.is_bad or not expected


def _reads(load: Load) -> Requests:
    """Give what draws reads of an order that was acknowledged before."""
    requests = Requests(load, seed=1)
    requests.answered(WROTE, attempt(operation=Operation.WRITE, order_id="7", key="k"))
    return requests
