"""A request held open to a real server, and every way in which it can break."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware

from backend.chaos import FaultRegistry
from backend.chaos.control import ControlRoutes
from backend.chaos.gate import TokenMiddleware
from backend.chaos.resetting import ResettingProtocol
from backend.problems import ProblemError, answer_http_exception
from ironclad.adapters.http.chaos import ChaosHttp
from ironclad.adapters.http.transport import TokenFile
from ironclad.domain.experiment.experiment import Fault, Target
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.stack import Replica
from ironclad.errors import LeaseLapsedError, RemoteError, UnreachableError
from tests.fakes.stack.raw_server import Answer, as_answer, raw_server, reset
from tests.fakes.stack.serving import serving

LEASE = timedelta(seconds=9)
BOUND = timedelta(seconds=60)
ERRORS = Fault(
    id="errors",
    kind=FaultKind.ERROR,
    at=timedelta(),
    duration=timedelta(seconds=45),
    target=Target(replicas=1),
    share=0.2,
    status=503,
    seed=7,
)
HELD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{}\n\r\n"


@pytest.fixture
def chaos(tmp_path: Path) -> ChaosHttp:
    path = tmp_path / "token"
    path.write_text("secret\n")
    return ChaosHttp(TokenFile(path), grace=timedelta(seconds=0.2))


@pytest.fixture
def registry() -> FaultRegistry:
    return FaultRegistry()


@pytest.fixture
def replica(registry: FaultRegistry) -> Iterator[Replica]:
    gate = [Middleware(TokenMiddleware, token="secret")]
    app = Starlette(
        routes=ControlRoutes(registry, dict).routes(gate),
        exception_handlers={ProblemError: answer_http_exception},
    )
    with serving(app, http=ResettingProtocol) as url:
        yield Replica("one", url)


async def becomes_true(condition: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "It did not come to be."
        await asyncio.sleep(0.01)


async def test_an_attached_fault_ends_when_its_runner_lets_go(
    chaos: ChaosHttp, replica: Replica, registry: FaultRegistry
) -> None:
    attachment = await chaos.attach(replica, "run-1")
    assert attachment is not None
    await chaos.arm(replica, ERRORS, run="run-1", lease=LEASE, attached=BOUND)
    await chaos.renew(replica, ERRORS, run="run-1", lease=LEASE, attached=BOUND)

    await attachment.close()

    await becomes_true(lambda: not registry.armed())
    assert attachment.news() == ()


async def test_a_fault_is_not_attached_to_what_is_not_there(
    chaos: ChaosHttp, replica: Replica, registry: FaultRegistry
) -> None:
    with pytest.raises(LeaseLapsedError, match="run-1 is not attached here"):
        await chaos.arm(replica, ERRORS, run="run-1", lease=LEASE, attached=BOUND)
    assert registry.armed() == []


@asynccontextmanager
async def answering(answer: Answer) -> AsyncIterator[Replica]:
    async with raw_server(answer) as url:
        yield Replica("one", url)


@pytest.mark.parametrize("way", ["reset", "ended"])
async def test_a_broken_attachment_is_made_again_at_once_and_reported(
    chaos: ChaosHttp, way: str
) -> None:
    writers: list[asyncio.StreamWriter] = []

    async def answer(head: bytes, writer: asyncio.StreamWriter) -> bool:
        assert head.startswith(b"PUT /api/chaos/attachments/run-1 ")
        writer.write(HELD)
        writers.append(writer)
        return True

    async with answering(answer) as replica:
        attachment = await chaos.attach(replica, "run-1")
        assert attachment is not None
        if way == "reset":
            reset(writers[0])
        else:
            writers[0].write(b"0\r\n\r\n")
        news = list(attachment.news())
        while len(news) < 2:
            await asyncio.sleep(0.01)
            news += attachment.news()
        await attachment.close()

    lost, regained = (each.mark for each in news)
    assert lost.startswith("the attachment to one was lost: ")
    assert regained.startswith("the attachment to one was regained after 0.")


@pytest.mark.parametrize("status", ["404 Not Found", "405 Method Not Allowed", "501 No"])
async def test_a_version_without_attachments_has_none(chaos: ChaosHttp, status: str) -> None:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(as_answer(b"{}", status))
        return True

    async with answering(answer) as replica:
        assert await chaos.attach(replica, "run-1") is None


async def test_a_server_that_cannot_let_go_of_a_request_has_none(chaos: ChaosHttp) -> None:
    gate = [Middleware(TokenMiddleware, token="secret")]
    app = Starlette(
        routes=ControlRoutes(FaultRegistry(), dict).routes(gate),
        exception_handlers={ProblemError: answer_http_exception},
    )
    with serving(app) as url:
        assert await chaos.attach(Replica("one", url), "run-1") is None


async def test_a_replica_that_refuses_or_is_not_there_is_an_error(chaos: ChaosHttp) -> None:
    async def answer(_: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(as_answer(b'{"detail": "no"}', "401 Unauthorized"))
        return True

    async with answering(answer) as replica:
        with pytest.raises(RemoteError, match="does not take the chaos token"):
            await chaos.attach(replica, "run-1")
    with pytest.raises(UnreachableError, match="gave no answer to PUT"):
        await chaos.attach(replica, "run-1")
