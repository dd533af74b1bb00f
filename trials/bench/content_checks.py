"""What comparing every answer costs the generator: requests a second with it, beside without."""

import asyncio
import json
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ironclad.domain.experiment.experiment import Load
from ironclad.domain.load.load import LoadOrder
from ironclad.load.account import Account
from ironclad.load.client import Client, open_session
from ironclad.load.epoch import Epoch
from ironclad.load.ledger_file import LedgerFile
from ironclad.load.mix import Requests
from trials.bench.benchmark import Result
from trials.bench.load import fast_service, read_order
from trials.bench.rows import Goal, paired
from trials.harness.pairs import in_turn

SECONDS, ROUNDS, WORKERS = 4.0, 9, 16
ORDERS = [
    {
        "id": number,
        "item": "anvil",
        "quantity": 3,
        "price_cents": 1_200,
        "value_cents": 3_600,
        "created_at": "2026-11-30T12:00:00.000000+00:00",
    }
    for number in range(1, 11)
]
LISTED = json.dumps({"orders": ORDERS, "next": 10})
WITHOUT = "the same answers by their status alone"


def measure() -> Result:
    with fast_service(LISTED) as url, tempfile.TemporaryDirectory() as folder:
        order = read_order(url, rate=1.0, seconds=SECONDS)
        alone = replace(order, load=replace(order.load, path="/api/orders?limit=10"))
        sides: dict[str, Callable[[], float]] = {
            "with": lambda: _rate(order, Path(folder)),
            WITHOUT: lambda: _rate(alone, Path(folder)),
        }
        found = in_turn(sides, ROUNDS)
    goal = Goal(of="ratio", bound="at least", value=0.9)
    row = paired(
        "every answer compared with what was asked for",
        "requests/s",
        ours=found["with"],
        peer=WITHOUT,
        theirs=found[WITHOUT],
        goal=goal,
    )
    return Result(
        [row],
        (
            f"{WORKERS} workers, each with its next request at once, with a ledger row each.",
            f"Caddy answers with a list of {len(ORDERS)} orders, {len(LISTED)} bytes.",
            "A single order is a tenth of that: what is compared in a game day costs less.",
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
        began = time.monotonic()
        await asyncio.gather(*(driver.work(began + SECONDS) for _ in range(WORKERS)))
        ledger.close()
    if driver.bad:
        raise RuntimeError(f"{driver.bad} of {driver.sent} answers were not the right one")
    return driver.sent / (time.monotonic() - began)


class _Driver:
    def __init__(
        self, load: Load, client: Client, ledger: LedgerFile, account: Account, epoch: Epoch
    ) -> None:
        self._requests, self._client, self._ledger = Requests(load, seed=1), client, ledger
        self._account, self._epoch = account, epoch
        self.sent = self.bad = 0

    async def work(self, until: float) -> None:
        while time.monotonic() < until:
            request, number = self._requests.draw(), self.sent
            self.sent += 1
            attempt = await self._client.attempt(number, self._epoch.now(), request)
            self._ledger.add(attempt)
            self._requests.answered(request, attempt)
            expected = request.met(attempt)
            self._account.answered(attempt, self._epoch.now(), is_expected=expected)
            self.bad += attempt.is_bad or not expected
