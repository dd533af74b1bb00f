"""What is counted and reported of each request, whatever its end."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import httpx
import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Message

from backend.drain import Drain
from backend.telemetry.metrics import RequestMetrics
from backend.telemetry.recorder import Exchange, RecorderMiddleware

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass
class Seen:
    """An observer that keeps what it receives."""

    begun: int = 0
    exchanges: list[Exchange] = field(default_factory=list)

    def begin(self) -> None:
        self.begun += 1

    def end(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)


@dataclass
class Service:
    endpoint: Endpoint
    drain: Drain = field(default_factory=lambda: Drain(60))
    seen: Seen = field(default_factory=Seen)
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)

    def __post_init__(self) -> None:
        recorder = Middleware(
            RecorderMiddleware,
            replica="one",
            drain=self.drain,
            metrics=RequestMetrics(self.registry),
            log=self.seen,
            unobserved=("/probe",),
        )
        routes = [Route("/things/{id}", self.endpoint), Route("/probe", self.endpoint)]
        self.app = Starlette(routes=routes, middleware=[recorder])

    async def request(
        self, path: str = "/things/7", method: str = "GET", **headers: str
    ) -> httpx.Response:
        transport = httpx.ASGITransport(self.app, raise_app_exceptions=False)
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.request(method, path, headers=names)

    def counted(self, status: int, route: str = "/things/{id}", method: str = "GET") -> float:
        labels = {"method": method, "route": route, "status": str(status)}
        return self.registry.get_sample_value("http_requests_total", labels) or 0


async def fine(request: Request) -> Response:
    del request
    return PlainTextResponse("fine")


async def broken(request: Request) -> Response:
    del request
    raise RuntimeError("a mistake of ours")


async def broken_midway(request: Request) -> Response:
    del request

    async def chunks() -> AsyncIterator[bytes]:
        yield b"so far so good"
        raise RuntimeError("a mistake of ours")

    return StreamingResponse(chunks())


async def endless(request: Request) -> Response:
    await asyncio.Event().wait()
    return await fine(request)


async def reading(request: Request) -> Response:
    await request.body()
    return PlainTextResponse("read")


async def test_a_route_is_counted_by_its_template() -> None:
    service = Service(fine)
    await service.request("/things/1")
    await service.request("/things/2")
    assert service.counted(200) == 2
    assert [exchange.route for exchange in service.seen.exchanges] == ["/things/{id}"] * 2


async def test_unknown_paths_share_one_label() -> None:
    service = Service(fine)
    await service.request("/a")
    await service.request("/b")
    assert service.counted(404, "unmatched") == 2


async def test_invented_methods_share_one_label() -> None:
    service = Service(fine)
    await service.request(method="BREW")
    await service.request(method="STIR")
    assert service.counted(405, method="OTHER") == 2


async def test_an_exception_is_a_500_that_is_counted_and_names_its_replica() -> None:
    service = Service(broken)
    response = await service.request()
    assert response.status_code == 500
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["x-ironclad-replica"] == "one"
    assert service.counted(500) == 1


async def test_an_answer_that_breaks_midway_is_counted_as_a_500() -> None:
    service = Service(broken_midway)
    with pytest.raises(Exception, match="mistake"):
        await drive(service, [{"type": "http.request", "body": b"", "more_body": False}])
    assert service.counted(500) == 1


async def test_a_client_that_goes_away_is_counted_as_499() -> None:
    service = Service(reading)
    await drive(service, [{"type": "http.disconnect"}])
    assert service.counted(499) == 1


async def test_a_request_that_is_cancelled_is_counted_as_a_500() -> None:
    """When the time for what is in flight runs out, uvicorn cancels it."""
    service = Service(endless)
    request = asyncio.create_task(service.request())
    while not service.registry.get_sample_value("http_requests_in_flight"):
        await asyncio.sleep(0)
    request.cancel()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert service.counted(500) == 1


async def test_nothing_is_in_flight_afterwards() -> None:
    service = Service(broken)
    await service.request()
    assert service.registry.get_sample_value("http_requests_in_flight") == 0


async def test_probes_are_answered_but_neither_counted_nor_logged() -> None:
    service = Service(fine)
    response = await service.request("/probe")
    assert response.headers["x-ironclad-replica"] == "one"
    assert service.seen == Seen()
    assert service.counted(200, "/probe") == 0


async def test_requests_of_a_load_generator_are_counted_once_more() -> None:
    service = Service(fine)
    await service.request(x_ironclad_run="run-1")
    await service.request()
    assert service.registry.get_sample_value("load_requests_total", {"status": "200"}) == 1
    assert [exchange.run for exchange in service.seen.exchanges] == ["run-1", ""]


@pytest.mark.parametrize(
    ("sent", "is_kept"),
    [
        pytest.param("abc-123", True, id="sane"),
        pytest.param("a" * 65, False, id="too-long"),
        pytest.param("a b", False, id="with-a-blank"),
        pytest.param('"}', False, id="quotes"),
        pytest.param("", False, id="empty"),
    ],
)
async def test_a_sane_request_id_is_kept_and_any_other_replaced(
    sent: str, *, is_kept: bool
) -> None:
    response = await Service(fine).request(x_request_id=sent)
    assert (response.headers["x-request-id"] == sent) is is_kept
    assert response.headers["x-request-id"]


async def test_each_request_gets_an_id_of_its_own() -> None:
    service = Service(fine)
    ids = {(await service.request()).headers["x-request-id"] for _ in range(20)}
    assert len(ids) == 20


@pytest.mark.parametrize(
    ("traceparent", "trace_id"),
    [
        pytest.param(f"00-{'a' * 32}-{'b' * 16}-01", "a" * 32, id="w3c"),
        pytest.param(f"00-{'0' * 32}-{'b' * 16}-01", "", id="all-zero"),
        pytest.param("nonsense", "", id="nonsense"),
    ],
)
async def test_the_trace_id_is_taken_from_traceparent(traceparent: str, trace_id: str) -> None:
    service = Service(fine)
    await service.request(traceparent=traceparent)
    assert service.seen.exchanges[0].trace_id == trace_id


async def test_while_draining_each_answer_closes_its_connection() -> None:
    service = Service(fine)
    assert "connection" not in (await service.request()).headers
    service.drain.begin()
    assert (await service.request()).headers["connection"] == "close"


async def drive(service: Service, messages: list[Message]) -> None:
    """Straight to the application, for what a well-behaved client never does."""
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/things/1",
        "query_string": b"",
        "headers": [],
        "http_version": "1.1",
    }

    async def receive() -> Message:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        del message

    await service.app(scope, receive, send)
