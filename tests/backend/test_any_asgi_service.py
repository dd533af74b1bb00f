"""The faults around a service that knows nothing of orders, behind a server of its own."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from backend.chaos import (
    BreakableConnection,
    ConnectionReset,
    CpuBurn,
    DatabaseError,
    DatabaseSlow,
    FaultMiddleware,
    FaultOrder,
    FaultRegistry,
    Hang,
    QueryFaults,
)
from backend.chaos.faults import CannotError, Fault
from backend.chaos.marks import marking
from backend.chaos.resetting import ResettingProtocol
from tests.fakes.stack.serving import serving


async def plain(scope: Any, receive: Any, send: Any) -> None:
    """An ASGI application without any framework."""
    assert scope["type"] == "http"
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"fine"})


@pytest.fixture
def faults() -> FaultRegistry:
    return FaultRegistry()


@pytest.fixture
def url(faults: FaultRegistry) -> Iterator[str]:
    with serving(FaultMiddleware(plain, faults), http=ResettingProtocol) as url:
        yield url


def arm(faults: FaultRegistry, fault: Fault, **changes: Any) -> None:
    faults.arm(FaultOrder(id="f", fault=fault, **{"lease_seconds": 60, **changes}))


def test_a_request_in_three_is_reset_and_the_others_keep_their_connections(
    url: str, faults: FaultRegistry
) -> None:
    arm(faults, ConnectionReset(), share=1 / 3)
    broken = 0
    with httpx.Client(base_url=url, trust_env=False) as client:
        for _ in range(60):
            try:
                assert client.post("/", content=b"x" * 10_000).text == "fine"
            except httpx.TransportError:
                broken += 1
    assert abs(broken - 20) <= 1
    assert faults.armed()[0].share.hit == broken


def test_a_hang_ends_with_its_lease(url: str, faults: FaultRegistry) -> None:
    arm(faults, Hang(), lease_seconds=0.3)
    response = httpx.post(url, content=b"x" * 200_000, trust_env=False)
    assert response.text == "fine"
    assert response.headers["x-ironclad-fault"] == "f"


async def test_without_the_protocol_a_reset_says_so_and_answers_nothing(
    faults: FaultRegistry,
) -> None:
    arm(faults, ConnectionReset())
    transport = httpx.ASGITransport(FaultMiddleware(plain, faults))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        with pytest.raises(CannotError, match=r"runs the protocol backend\.chaos\.resetting"):
            await client.get("/")


class Table:
    """A connection of asyncpg's kind, as far as it goes."""

    def __init__(self) -> None:
        self.asked = 0

    async def fetchrow(self, *query: object) -> tuple[object, ...]:
        self.asked += 1
        return query


class NoDatabaseError(Exception):
    pass


async def test_of_ten_queries_half_fail_with_the_services_own_error(
    faults: FaultRegistry,
) -> None:
    table = Table()
    connection = BreakableConnection(table, QueryFaults(faults, NoDatabaseError))
    arm(faults, DatabaseError(), share=0.5)
    failed = 0
    with marking() as marks:
        for _ in range(10):
            try:
                assert await connection.fetchrow("SELECT 1") == ("SELECT 1",)
            except NoDatabaseError:
                failed += 1
    assert 4 <= failed <= 6
    assert table.asked == 10 - failed
    assert list(marks) == ["f"]


async def test_outside_of_requests_no_query_is_touched(faults: FaultRegistry) -> None:
    connection = BreakableConnection(Table(), QueryFaults(faults, NoDatabaseError))
    arm(faults, DatabaseSlow(60_000))
    async with asyncio.timeout(1):
        await connection.fetchrow("SELECT 1")


def test_a_stressor_needs_no_server_at_all(faults: FaultRegistry) -> None:
    arm(faults, CpuBurn(10))
    (armed,) = faults.armed()
    assert armed.account is not None
    assert armed.account.is_alive
    faults.disarm_all()
    while faults.present():
        pass
    assert armed.is_gone
