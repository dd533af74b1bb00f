"""Whatever another program answers: our value, or one of our errors in a sentence, and in time."""

import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ironclad.adapters.files.undo_ledger import FileLedger
from ironclad.adapters.http.chaos import ChaosHttp
from ironclad.adapters.http.janitor import JanitorHttp
from ironclad.adapters.http.order_book import OrderBookHttp
from ironclad.adapters.http.replica_metrics import ReplicaMetricsPage
from ironclad.adapters.http.transport import TokenFile
from ironclad.adapters.load.ledger_file import ledger_from
from ironclad.adapters.prometheus.client import Prometheus
from ironclad.domain.load.wire_format import LEDGER_COLUMNS
from ironclad.domain.stack.stack import Replica
from ironclad.errors import IroncladError
from ironclad.janitor.app import Gate, create_app
from ironclad.janitor.deliveries import DeliveryRecord
from ironclad.undo.left_orders import LeftOrders
from ironclad.undo.rounds import Janitor
from ironclad.undo.sweeping import Sweeper
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import AVAILABILITY
from tests.fakes.stack.serving import serving
from tests.fuzz.amount import fuzzed
from tests.fuzz.described import JSON
from tests.fuzz.spoiling import fault_of_sentence, spoilt
from tests.fuzz.tally import note

WITHIN_SECONDS = 10
METHODS = ["GET", "PUT", "POST", "DELETE"]
AT = datetime(2026, 11, 23, 10, tzinfo=UTC)

SOUND: list[Any] = [
    {"status": "success", "data": {"resultType": "vector", "result": []}},
    {
        "status": "success",
        "data": {
            "resultType": "matrix",
            "result": [{"metric": {"instance": "a"}, "values": [[1.5, "1"], [2.5, "2"]]}],
        },
    },
    {
        "status": "success",
        "data": {"resultType": "vector", "result": [{"metric": {}, "value": [1, "2"]}]},
    },
    {
        "status": "success",
        "data": {
            "groups": [
                {
                    "interval": 15,
                    "rules": [
                        {
                            "name": "A",
                            "query": "up == 0",
                            "type": "alerting",
                            "labels": {},
                            "duration": 3,
                        }
                    ],
                }
            ]
        },
    },
    {"replica": "one", "enabled": True, "breaker": "closed", "faults": [], "now": 1.5},
    {
        "enabled": True,
        "now": 1.5,
        "faults": [
            {"id": "x", "kind": "error", "share": 1, "expires_in_seconds": 3, "seen": 1, "hit": 0}
        ],
    },
    {"removed": True, "seen": 3, "hit": 1},
    {"removed": ["errors"]},
    {"orders": [{"id": 1, "idempotency_key": "k"}], "next": None, "total": 1},
    {"deleted": 3},
    {"status": "ok", "last_sweep": "2026-11-23T10:00:00+00:00"},
]
PAGE = """\
# TYPE http_requests_total counter
http_requests_total{method="GET",route="/api/orders",status="200"} 3.0
process_start_time_seconds 1.7e9
"""
BODIES = (
    st.sampled_from(SOUND).flatmap(
        lambda document: spoilt(document).map(lambda text: _as_json(text).encode())
    )
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.binary(max_size=200)
    | st.text(max_size=200).map(lambda text: (PAGE + text).encode("utf-8", "replace"))
)
STATUSES = st.sampled_from([200, 200, 200, 201, 301, 400, 401, 404, 409, 412, 422, 500, 503])


@dataclass
class Stranger:
    """Gives the same answer to everything."""

    status: int = 200
    body: bytes = b""
    url: str = ""

    def app(self) -> Starlette:
        return Starlette(routes=[Route("/{path:path}", self._answer, methods=METHODS)])

    async def _answer(self, request: Request) -> Response:
        del request
        return Response(self.body, self.status, media_type="application/json")


@pytest.fixture(scope="module")
def stranger() -> Iterator[Stranger]:
    one = Stranger()
    with serving(one.app()) as one.url:
        yield one


@pytest.fixture(scope="module")
def token(tmp_path_factory: pytest.TempPathFactory) -> TokenFile:
    path = tmp_path_factory.mktemp("token") / "token"
    path.write_text("secret", encoding="ascii")
    return TokenFile(path)


Ask = Callable[[str, TokenFile], Awaitable[object]]


async def _orders(url: str, token: TokenFile) -> object:
    async def replicas() -> Sequence[Replica]:
        return (Replica("one", url),)

    return await OrderBookHttp(replicas, token).check("run", ())


ASKING: dict[str, Ask] = {
    "raw samples": lambda url, _: Prometheus(url).raw("up", 1.0, 3.0),
    "a value": lambda url, _: Prometheus(url).value("up", 3.0),
    "its time": lambda url, _: Prometheus(url).now(),
    "targets": lambda url, _: Prometheus(url).scrape_interval("job"),
    "scrapes": lambda url, _: Prometheus(url).scraped_since("job", 1.0),
    "live rules": lambda url, _: Prometheus(url).live_rules(),
    "alerts": lambda url, _: Prometheus(url).alert_sightings(["A"], 1.0, 3.0),
    "faults": lambda url, token: ChaosHttp(token).status(Replica("one", url)),
    "disarming": lambda url, token: ChaosHttp(token).disarm(Replica("one", url), "errors"),
    "disarming all": lambda url, token: ChaosHttp(token).disarm_all(Replica("one", url)),
    "counters": lambda url, token: ReplicaMetricsPage(token).counters(
        Replica("one", url), (AVAILABILITY,)
    ),
    "deliveries": lambda url, _: JanitorHttp(url).deliveries(AT),
    "the last sweep": lambda url, _: JanitorHttp(url).last_sweep(),
    "orders of a run": _orders,
}


@fuzzed
@given(what=st.sampled_from(sorted(ASKING)), status=STATUSES, body=BODIES)
@example(what="orders of a run", status=200, body=b'{"orders": [], "next": 0}')
@example(what="faults", status=500, body=b"a\nb\x00c")
@example(what="faults", status=200, body=b"[" * 100_000)
def test_an_answer_becomes_a_value_or_a_sentence(
    stranger: Stranger, token: TokenFile, what: str, status: int, body: bytes
) -> None:
    stranger.status, stranger.body = status, body

    async def ask() -> str:
        async with asyncio.timeout(WITHIN_SECONDS):
            try:
                await ASKING[what](stranger.url, token)
            except IroncladError as error:
                return str(error)
        return ""

    said = asyncio.run(ask())

    note("answers")
    assert not said or fault_of_sentence(said) == ""


DELIVERY = {
    "version": "4",
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "BackendDown", "severity": "critical"},
            "annotations": {"summary": "a replica is down"},
            "startsAt": "2026-01-05T09:59:58.123456789+00:00",
            "endsAt": "0001-01-01T00:00:00Z",
            "fingerprint": "abc",
        }
    ],
}


@fuzzed
@given(
    body=spoilt(DELIVERY).map(str.encode) | JSON.map(lambda v: json.dumps(v).encode()) | st.binary()
)
@example(
    body=json.dumps(DELIVERY)
    .replace("2026-01-05T09:59:58.123456789+00:00", "0001-01-01T00:00:00+14:00")
    .encode()
)
def test_a_delivery_is_recorded_or_refused_and_the_record_stays_readable(body: bytes) -> None:
    async def deliver() -> list[int]:
        with tempfile.TemporaryDirectory() as folder:
            token = Path(folder) / "token"
            token.write_text("a-token-for-tests")
            record = DeliveryRecord(Path(folder) / "deliveries.jsonl")
            app = create_app(_janitor(), record, Gate(token))
            async with httpx.AsyncClient(
                transport=httpx.ASGITransport(app),
                base_url="http://janitor",
                headers={"Authorization": "Bearer a-token-for-tests"},
            ) as client:
                took = await client.post("/deliveries", content=body)
                gave = await client.get("/deliveries", params={"since": "0"})
                return [took.status_code, gave.status_code]

    took, gave = asyncio.run(deliver())

    note("deliveries")
    assert took < 500
    assert gave == 200


def _janitor() -> Janitor:
    world = World()
    sweeper = Sweeper(
        platform=world.platform,
        ledger=world.ledger,
        faults=world.faults,
        changes=world.changes,
        clock=world.clock,
    )
    return Janitor(
        sweeper=sweeper,
        lock=world.lock,
        halt=world.halt,
        runs=world.runs,
        left=LeftOrders(world.orders, world.lock),
        clock=world.clock,
    )


ENTRY = {
    "id": "run-errors",
    "run": "run",
    "action": "disarm",
    "targets": ["backend-0"],
    "lease_until": "2026-11-23T10:00:00+00:00",
    "deadline": "2026-11-23T10:00:00+00:00",
    "who": "me",
    "why": "a test",
}


@fuzzed
@given(text=spoilt(ENTRY) | st.text(max_size=100))
def test_a_ledger_is_read_past_an_entry_that_cannot_be(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "spoilt.json").write_text(_as_json(text), encoding="utf-8")
        (Path(folder) / "sound.json").write_text(json.dumps(ENTRY), encoding="utf-8")
        ledger = FileLedger(Path(folder))
        entries, damaged = asyncio.run(ledger.entries()), asyncio.run(ledger.damaged())

    note("undo entries")
    assert len(entries) + len(damaged) == 2
    assert all(fault_of_sentence(each) == "" for each in damaged)


def _as_json(text: str) -> str:
    try:
        return json.dumps(yaml.safe_load(text), default=str)
    except yaml.YAMLError:
        return text.encode("utf-8", "replace").decode()


ROW = ["1", "read", "1.0", "1.0", "0.1", "200", "", "backend-0", "", "", ""]


@fuzzed
@given(
    rows=st.lists(st.lists(st.text(max_size=8) | st.sampled_from(ROW), max_size=12), max_size=4),
    tail=st.text(max_size=30),
)
def test_a_torn_ledger_gives_its_whole_rows(rows: list[list[str]], tail: str) -> None:
    spoilt_rows = [",".join(row) for row in rows]
    text = "\n".join([",".join(LEDGER_COLUMNS), ",".join(ROW), *spoilt_rows, tail])

    attempts, unreadable = ledger_from(text)

    note("ledgers")
    assert attempts
    assert unreadable >= 0
