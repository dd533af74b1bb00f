"""A replica's event loop is never held for 100 ms, whatever it is asked for."""

import asyncio
import json
from pathlib import Path

import httpx

from tests.backend.replica_process import TOKEN, Replica
from tests.fakes.clocks.held_loops import LIMIT_SECONDS

REQUESTS = 600
AT_ONCE = 20
FAULTS = {
    "slow": {"kind": "latency", "delay_ms": 5, "share": 0.2},
    "burn": {"kind": "cpu-burn", "millicores": 100},
    "fill": {"kind": "memory-pressure", "size_bytes": 1 << 20},
}


def test_no_callback_of_a_replica_takes_long(database_url: str, tmp_path: Path) -> None:
    """Orders, faults in child processes, its metrics, the look through a run's orders, leaving."""
    report = tmp_path / "held.json"
    words = (str(report), "backend")
    with Replica(database_url, module="tests.fakes.clocks.held_loops", words=words) as replica:
        asyncio.run(_ask_for_everything(replica))
        assert replica.leave() == 0

    held = [each for each in json.loads(report.read_text()) if each["seconds"] > LIMIT_SECONDS]
    assert held == []


async def _ask_for_everything(replica: Replica) -> None:
    headers = {"X-Ironclad-Run": "held", "X-Chaos-Token": TOKEN}
    async with httpx.AsyncClient(base_url=replica.url, headers=headers, timeout=30) as client:
        for name, fault in FAULTS.items():
            body = {**fault, "lease_seconds": 60}
            (await client.put(f"/api/chaos/faults/{name}", json=body)).raise_for_status()
        free = asyncio.Semaphore(AT_ONCE)
        await asyncio.gather(*(_order(client, free, number) for number in range(REQUESTS)))
        for path in (
            "/metrics",
            "/readyz",
            "/api/orders",
            "/api/chaos/runs/held/orders?limit=5000",
        ):
            (await client.get(path)).raise_for_status()
        (await client.delete("/api/chaos/runs/held/orders")).raise_for_status()
        (await client.delete("/api/chaos")).raise_for_status()


async def _order(client: httpx.AsyncClient, free: asyncio.Semaphore, number: int) -> None:
    async with free:
        key = {"Idempotency-Key": f"held-{number}"}
        body = {"item": "bolt", "quantity": 1, "price_cents": 5}
        await client.post("/api/orders", json=body, headers=key)
