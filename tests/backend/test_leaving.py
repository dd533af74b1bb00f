"""SIGTERM under load."""

import asyncio
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field

import httpx

from tests.backend.replica_process import Replica, environment
from tests.places import ROOT

WORKERS = 16


@dataclass
class Balancer:
    """Sends to one replica until its readiness probe says no, as a real balancer would."""

    replica: Replica
    ready: bool = True
    answered: list[tuple[int, str]] = field(default_factory=list)
    """Status, and the `Connection` header."""
    failed: list[str] = field(default_factory=list)

    async def probe(self) -> None:
        async with httpx.AsyncClient(base_url=self.replica.url, trust_env=False) as client:
            while self.ready:
                self.ready = (await client.get("/readyz")).status_code == 200
                await asyncio.sleep(0.1)

    async def work(self) -> None:
        async with httpx.AsyncClient(base_url=self.replica.url, trust_env=False) as client:
            while self.ready:
                await self._request(client)

    async def _request(self, client: httpx.AsyncClient) -> None:
        try:
            response = await client.get("/api/orders?limit=1")
        except httpx.HTTPError as error:
            self.failed.append(repr(error))
        else:
            header = response.headers.get("connection", "")
            self.answered.append((response.status_code, header))


async def test_an_orderly_leave_under_load_loses_no_request(database_url: str) -> None:
    with Replica(database_url, {"BACKEND_DRAIN_SECONDS": "1"}) as replica:
        balancer = Balancer(replica)
        workers = [asyncio.create_task(balancer.work()) for _ in range(WORKERS)]
        probe = asyncio.create_task(balancer.probe())
        while len(balancer.answered) < 200:
            await asyncio.sleep(0.01)
        replica.process.send_signal(signal.SIGTERM)
        await asyncio.gather(probe, *workers)
        code = await asyncio.to_thread(replica.process.wait, 20)
    assert code == 0
    assert balancer.failed == []
    assert {status for status, _ in balancer.answered} == {200}
    assert "close" in {header for _, header in balancer.answered}, "none came while draining"


def test_while_draining_it_is_not_ready_and_accepts_new_connections(database_url: str) -> None:
    with Replica(database_url, {"BACKEND_DRAIN_SECONDS": "1"}) as replica:
        replica.process.send_signal(signal.SIGTERM)
        replica.wait_for(lambda: replica.client.get("/readyz").status_code == 503)
        assert replica.client.get("/readyz").json()["reason"] == "draining"
        response = httpx.get(f"{replica.url}/api/orders", trust_env=False)
        assert response.status_code == 200
        assert response.headers["connection"] == "close"
        assert replica.client.get("/healthz").status_code == 200
        assert replica.process.wait(20) == 0


async def test_what_is_in_flight_when_draining_ends_is_finished(database_url: str) -> None:
    with Replica(database_url, {"BACKEND_DRAIN_SECONDS": "0"}) as replica:
        replica.arm("slow", "latency", delay_ms=600)
        async with httpx.AsyncClient(trust_env=False) as client:
            request = asyncio.create_task(client.get(f"{replica.url}/api/orders"))
            while replica.metric("http_requests_in_flight") != 1:
                await asyncio.sleep(0.01)
            replica.process.send_signal(signal.SIGTERM)
            assert (await request).status_code == 200
        assert await asyncio.to_thread(replica.process.wait, 20) == 0


def test_a_port_that_is_taken_is_one_sentence(database_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [sys.executable, "-m", "backend"],
            cwd=ROOT,
            env=environment(database_url, BACKEND_PORT=port),
            timeout=20,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr == (
        f"Cannot listen on 127.0.0.1:{port} (BACKEND_HOST, BACKEND_PORT): Address already in use.\n"
    )
