"""Faults on a replica through its real control routes, and every way in which they can fail."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from backend.chaos import FaultRegistry
from backend.chaos.control import ControlRoutes
from backend.chaos.gate import TokenMiddleware
from backend.chaos.shorthand import ShorthandRoutes
from backend.problems import ProblemError, answer_http_exception
from ironclad.adapters.http.chaos import ChaosHttp
from ironclad.adapters.http.transport import TokenFile
from ironclad.domain.experiment.experiment import Fault, Target
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.faults.fault import Tally
from ironclad.domain.stack.stack import Replica
from ironclad.errors import (
    LeaseLapsedError,
    RefusedError,
    RemoteError,
    SettingsError,
    UnreachableError,
)
from tests.fakes.stack.raw_server import raw_server
from tests.fakes.stack.serving import serving

LEASE = timedelta(seconds=6)
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
SLOW = replace(
    ERRORS,
    id="slow",
    kind=FaultKind.LATENCY,
    status=None,
    delay=timedelta(milliseconds=300),
    jitter=timedelta(milliseconds=50),
)


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def registry(clock: Clock) -> Iterator[FaultRegistry]:
    """Leaves no process behind."""
    registry = FaultRegistry(clock)
    yield registry
    registry.disarm_all()
    deadline = time.monotonic() + 5
    while registry.present():
        assert time.monotonic() < deadline, "A stressor's process stays."


@pytest.fixture
def replica(registry: FaultRegistry) -> Iterator[Replica]:
    async def ready(request: Request) -> Response:
        del request
        return PlainTextResponse("", 503 if registry.of_kind("not-ready") else 200)

    about = {"replica": "one", "breaker": "closed"}
    gate = [Middleware(TokenMiddleware, token="secret")]
    control = ControlRoutes(registry, lambda: dict(about)).routes(gate)
    short_forms = ShorthandRoutes(registry).routes(gate)
    app = Starlette(
        routes=[Route("/readyz", ready), *control, *short_forms],
        exception_handlers={ProblemError: answer_http_exception},
    )
    with serving(app) as url:
        yield Replica("one", url)


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("secret\n")
    return path


@pytest.fixture
def chaos(token_file: Path) -> ChaosHttp:
    return ChaosHttp(TokenFile(token_file))


@pytest.mark.parametrize("fault", [ERRORS, SLOW], ids=["errors", "latency"])
async def test_an_armed_fault_is_what_was_asked_for(
    chaos: ChaosHttp, replica: Replica, registry: FaultRegistry, fault: Fault
) -> None:
    await chaos.arm(replica, fault, run="run-1", lease=LEASE)
    (armed,) = registry.armed()
    assert (armed.order.share, armed.order.seed, armed.order.run) == (0.2, 7, "run-1")
    status = await chaos.status(replica)
    assert status.reachable
    assert status.enabled
    assert status.breaker == "closed"
    (seen,) = status.faults
    assert (seen.id, seen.kind, seen.share, seen.run) == (fault.id, fault.kind, 0.2, "run-1")
    assert seen.expires_in_seconds == 6
    assert status.clock_skew_seconds is not None
    assert abs(status.clock_skew_seconds) < 2


async def test_renewing_prolongs_the_lease(
    chaos: ChaosHttp, replica: Replica, clock: Clock
) -> None:
    await chaos.arm(replica, ERRORS, run="run-1", lease=LEASE)
    clock.now += 5
    await chaos.renew(replica, ERRORS, run="run-1", lease=LEASE)
    clock.now += 5
    assert [fault.id for fault in (await chaos.status(replica)).faults] == ["errors"]


async def test_a_lapsed_fault_is_not_armed_again_by_renewing(
    chaos: ChaosHttp, replica: Replica, clock: Clock
) -> None:
    await chaos.arm(replica, ERRORS, run="run-1", lease=LEASE)
    clock.now += 7
    with pytest.raises(LeaseLapsedError, match=r"replica one: .*not armed any more"):
        await chaos.renew(replica, ERRORS, run="run-1", lease=LEASE)
    assert (await chaos.status(replica)).faults == ()


async def test_disarming_tells_how_many_were_seen_and_hit(
    chaos: ChaosHttp, replica: Replica, registry: FaultRegistry
) -> None:
    await chaos.arm(replica, replace(ERRORS, share=1.0), run="run-1", lease=LEASE)
    for _ in range(3):
        registry.armed()[0].applies()
    assert await chaos.disarm(replica, "errors") == Tally(removed=True, seen=3, hit=3)
    assert await chaos.disarm(replica, "errors") == Tally(removed=False, seen=0, hit=0)


async def test_a_stressor_is_reported_while_it_runs_and_at_its_end(
    chaos: ChaosHttp, replica: Replica
) -> None:
    burn = replace(ERRORS, id="burn", kind=FaultKind.CPU_BURN, status=None, share=1.0, cores=0.1)
    await chaos.arm(replica, burn, run="run-1", lease=LEASE)
    (armed,) = (await chaos.status(replica)).faults
    assert armed.stressor is not None
    assert armed.stressor.is_alive
    assert (await chaos.renew(replica, burn, run="run-1", lease=LEASE)).stressor is not None
    tally = await chaos.disarm(replica, "burn")
    assert tally.stressor is not None
    assert tally.stressor.memory_bytes > 0
    assert (await chaos.status(replica)).faults == ()


async def test_a_replica_says_what_it_can_do_and_hold(chaos: ChaosHttp, replica: Replica) -> None:
    """Behind a server without the resetting protocol a reset is not among it."""
    status = await chaos.status(replica)
    assert status.kinds is not None
    assert {"hang", "cpu-burn", "crash"} <= set(status.kinds)
    assert "connection-reset" not in status.kinds
    assert (status.memory_headroom_bytes or 0) > 0
    reset = replace(ERRORS, kind=FaultKind.CONNECTION_RESET, status=None)
    with pytest.raises(RefusedError, match="can be reset only where the server runs the protocol"):
        await chaos.arm(replica, reset, run="run-1", lease=LEASE)


async def test_everything_is_taken_off_at_once(chaos: ChaosHttp, replica: Replica) -> None:
    await chaos.arm(replica, ERRORS, run="run-1", lease=LEASE)
    await chaos.arm(replica, SLOW, run="run-1", lease=LEASE)
    assert await chaos.disarm_all(replica) == ("errors", "slow")
    assert await chaos.disarm_all(replica) == ()


async def test_readiness_is_the_replicas_own(chaos: ChaosHttp, replica: Replica) -> None:
    assert await chaos.is_ready(replica)
    not_ready = replace(ERRORS, kind=FaultKind.NOT_READY, status=None, share=1.0)
    await chaos.arm(replica, not_ready, run="run-1", lease=LEASE)
    assert not await chaos.is_ready(replica)
    assert not await chaos.is_ready(Replica("gone", "http://127.0.0.1:1"))


@pytest.mark.parametrize(
    ("path", "said"),
    [
        pytest.param("latency/300", r"latency is armed until 20.*", id="latency"),
        pytest.param("errors/20", r"error is armed until 20.*", id="errors"),
        pytest.param("errors/0", r"manual-errors is not armed", id="off"),
        pytest.param("hangs/20", r"hang is armed until 20.*", id="hangs"),
        pytest.param("cpu/0.01", r"cpu-burn is armed until 20.*", id="cpu"),
        pytest.param("enable", r"faults can be armed", id="enable"),
        pytest.param("disable", r"no fault can be armed; taken off: nothing", id="disable"),
    ],
)
async def test_a_short_form_says_what_it_did(
    chaos: ChaosHttp, replica: Replica, path: str, said: str
) -> None:
    answer = await chaos.shortcut(replica, path, lasts=timedelta(minutes=1))
    assert re.fullmatch(said, answer), answer


async def test_where_faults_are_disabled_arming_is_refused(
    chaos: ChaosHttp, replica: Replica
) -> None:
    await chaos.shortcut(replica, "disable", lasts=None)
    with pytest.raises(RefusedError, match="Faults are disabled here"):
        await chaos.arm(replica, ERRORS, run="run-1", lease=LEASE)


async def test_another_fault_under_the_same_id_is_refused(
    chaos: ChaosHttp, replica: Replica
) -> None:
    await chaos.arm(replica, ERRORS, run="run-1", lease=LEASE)
    with pytest.raises(RefusedError, match="armed with other parameters"):
        await chaos.arm(replica, replace(ERRORS, share=0.5), run="run-1", lease=LEASE)


async def test_parameters_that_the_replica_refuses_are_reported(
    chaos: ChaosHttp, replica: Replica
) -> None:
    with pytest.raises(RemoteError, match=r"422 status has to be one of 500"):
        await chaos.arm(replica, replace(ERRORS, status=418), run="run-1", lease=LEASE)


@pytest.fixture
def wrong_token_file(tmp_path: Path) -> Path:
    path = tmp_path / "wrong-token"
    path.write_text("another")
    return path


async def test_a_wrong_token_names_the_file(replica: Replica, wrong_token_file: Path) -> None:
    with pytest.raises(RemoteError, match=f"does not take the chaos token in {wrong_token_file}"):
        await ChaosHttp(TokenFile(wrong_token_file)).disarm_all(replica)


async def test_a_missing_token_file_says_what_makes_it(replica: Replica, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"the stage `secret` creates it"):
        await ChaosHttp(TokenFile(tmp_path / "nowhere")).disarm_all(replica)


async def test_a_service_without_control_routes_is_reported(chaos: ChaosHttp) -> None:
    with (
        serving(Starlette()) as url,
        pytest.raises(RemoteError, match=r"replica one has no control routes; start it with"),
    ):
        await chaos.disarm_all(Replica("one", url))


Verb = Callable[[ChaosHttp, Replica], Awaitable[object]]
VERBS: list[Verb] = [
    lambda chaos, one: chaos.arm(one, ERRORS, run="r", lease=LEASE),
    lambda chaos, one: chaos.renew(one, ERRORS, run="r", lease=LEASE),
    lambda chaos, one: chaos.disarm(one, "errors"),
    lambda chaos, one: chaos.disarm_all(one),
    lambda chaos, one: chaos.shortcut(one, "latency/300", lasts=None),
]
each_verb = pytest.mark.parametrize(
    "verb", VERBS, ids=["arm", "renew", "disarm", "disarm all", "short form"]
)


@each_verb
async def test_a_replica_that_is_gone_is_unreachable(chaos: ChaosHttp, verb: Verb) -> None:
    with pytest.raises(UnreachableError, match="replica gone gave no answer to"):
        await verb(chaos, Replica("gone", "http://127.0.0.1:1"))


@pytest.fixture
async def silent() -> AsyncIterator[Replica]:
    async def never(_: bytes, writer: asyncio.StreamWriter) -> bool:
        del writer
        await asyncio.sleep(60)
        return False

    async with raw_server(never) as url:
        yield Replica("silent", url)


async def test_no_call_waits_longer_than_three_seconds(chaos: ChaosHttp, silent: Replica) -> None:
    begun = time.monotonic()
    outcomes = await asyncio.gather(
        *(verb(chaos, silent) for verb in VERBS), return_exceptions=True
    )
    assert time.monotonic() - begun < 6
    assert [type(outcome) for outcome in outcomes] == [UnreachableError] * len(VERBS)
    assert "nothing within 3 s" in str(outcomes[0])


NO_ANSWERS = ["[]", "null", '{"removed": 5}', '{"removed": null}', "{}", "<html>"]


@pytest.mark.parametrize("verb", VERBS[1:], ids=["renew", "disarm", "disarm all", "short form"])
@pytest.mark.parametrize("body", NO_ANSWERS)
async def test_an_answer_that_is_none_is_our_error(chaos: ChaosHttp, verb: Verb, body: str) -> None:
    with serving(PlainTextResponse(body)) as url, pytest.raises(RemoteError, match="replica odd"):
        await verb(chaos, Replica("odd", url))


@pytest.mark.parametrize("body", NO_ANSWERS)
async def test_arming_asks_for_no_body(chaos: ChaosHttp, body: str) -> None:
    with serving(PlainTextResponse(body)) as url:
        await chaos.arm(Replica("odd", url), ERRORS, run="r", lease=LEASE)


@pytest.mark.parametrize(
    ("app", "problem"),
    [
        pytest.param(PlainTextResponse("<html>"), "is not JSON", id="no JSON"),
        pytest.param(JSONResponse({"enabled": True}), "is no status", id="half a status"),
        pytest.param(
            JSONResponse({"enabled": True, "faults": [{"kind": "new"}], "now": 1}),
            "is no status",
            id="a fault that we do not know",
        ),
        pytest.param(PlainTextResponse("", 500), "is not a success", id="an error"),
    ],
)
async def test_a_status_that_cannot_be_read_is_not_a_fault_free_replica(
    chaos: ChaosHttp, app: Response, problem: str
) -> None:
    with serving(app) as url:
        status = await chaos.status(Replica("odd", url))
    assert not status.reachable
    assert problem in status.problem


async def test_the_status_of_a_replica_that_is_gone_is_unreachable(chaos: ChaosHttp) -> None:
    status = await chaos.status(Replica("gone", "http://127.0.0.1:1"))
    assert (status.reachable, status.faults) == (False, ())
    assert "gave no answer" in status.problem
