"""The middleware around the smallest service there is."""

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from backend.chaos import BreakerOpen, Error, Fault, FaultMiddleware, FaultOrder, FaultRegistry
from backend.chaos.faults import ERROR_STATUSES, Latency, ParameterError


def client(faults: FaultRegistry) -> httpx.AsyncClient:
    breaker = faults.switch(BreakerOpen)

    async def endpoint(request: Request) -> PlainTextResponse:
        del request
        return PlainTextResponse("open" if breaker.applies() else "fine")

    app = Starlette(routes=[Route("/", endpoint)], middleware=[Middleware(FaultMiddleware, faults)])
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")


def arm(faults: FaultRegistry, fault: Fault, fault_id: str = "f", share: float = 1.0) -> None:
    faults.arm(FaultOrder(id=fault_id, fault=fault, share=share, lease_seconds=60))


async def test_without_a_fault_nothing_is_touched() -> None:
    async with client(FaultRegistry()) as http:
        response = await http.get("/")
    assert response.text == "fine"
    assert "x-ironclad-fault" not in response.headers


@pytest.mark.parametrize("status", ERROR_STATUSES)
async def test_an_error_answers_in_the_services_place(status: int) -> None:
    faults = FaultRegistry()
    arm(faults, Error(status))
    async with client(faults) as http:
        response = await http.get("/")
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-ironclad-fault"] == "f"


async def test_of_ten_requests_a_share_of_a_fifth_hits_two_and_marks_just_these() -> None:
    faults = FaultRegistry()
    arm(faults, Error(), share=0.2)
    async with client(faults) as http:
        responses = [await http.get("/") for _ in range(10)]
    failed = [r for r in responses if r.status_code == 503]
    assert 1 <= len(failed) <= 3
    assert [r for r in responses if "x-ironclad-fault" in r.headers] == failed
    share = faults.armed()[0].share
    assert (share.seen, share.hit) == (10, len(failed))


async def test_a_delay_is_at_least_as_long_as_asked_for() -> None:
    faults = FaultRegistry()
    arm(faults, Latency(delay_ms=40))
    async with client(faults) as http:
        response = await http.get("/")
    assert response.elapsed.total_seconds() >= 0.04
    assert response.text == "fine"


async def test_all_faults_that_touched_a_request_are_named_in_order() -> None:
    faults = FaultRegistry()
    arm(faults, BreakerOpen(), "breaker")
    arm(faults, Latency(1), "slow")
    async with client(faults) as http:
        response = await http.get("/")
    assert response.text == "open"
    assert response.headers["x-ironclad-fault"] == "slow,breaker"


async def test_a_disarmed_fault_touches_nothing() -> None:
    faults = FaultRegistry()
    arm(faults, Error())
    faults.disarm("f")
    async with client(faults) as http:
        assert (await http.get("/")).status_code == 200


@pytest.mark.parametrize(
    ("make", "field"),
    [
        pytest.param(lambda: Latency(0), "delay_ms", id="no-delay"),
        pytest.param(lambda: Latency(60_001), "delay_ms", id="too-long"),
        pytest.param(lambda: Latency(10, 11), "jitter_ms", id="more-jitter-than-delay"),
        pytest.param(lambda: Error(404), "status", id="not-a-failure"),
    ],
)
def test_a_parameter_out_of_range_is_refused_by_name(make: "type[Latency]", field: str) -> None:
    with pytest.raises(ParameterError) as refused:
        make()  # type: ignore[call-arg]
    assert refused.value.field == field
