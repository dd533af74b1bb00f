"""A replica's own page, the run's orders and the janitor's record, over real sockets."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from ironclad.adapters.experiments.objectives import SloDocuments
from ironclad.adapters.http.janitor import JanitorHttp
from ironclad.adapters.http.order_book import OrderBookHttp
from ironclad.adapters.http.replica_metrics import ReplicaMetricsPage, counted, page_samples
from ironclad.adapters.http.transport import TokenFile
from ironclad.domain.evidence.evidence import WriteCheck
from ironclad.domain.load.load import Operation
from ironclad.domain.slo.slo import Counts
from ironclad.domain.stack.stack import Replica
from ironclad.errors import RemoteError, UnreachableError
from tests.fakes.load.attempts import attempt
from tests.fakes.stack.serving import serving
from tests.places import ROOT

METRICS = ReplicaMetricsPage(TokenFile(Path("nowhere")))
OBJECTIVES = SloDocuments(ROOT / "monitoring/slos").load(["orders-availability", "orders-latency"])
GONE = Replica("gone", "http://127.0.0.1:1")
PAGE = """\
# TYPE http_requests counter
http_requests_total{method="GET",route="/api/orders",status="200"} 90.0
http_requests_total{method="GET",route="/api/orders",status="404"} 5.0
http_requests_total{method="GET",route="/api/orders/{id}",status="503"} 4.0
http_requests_total{method="POST",route="/api/orders",status="500"} 1.0
http_requests_total{method="GET",route="unmatched",status="500"} 7.0
# TYPE http_request_duration_seconds histogram
http_request_duration_seconds_bucket{le="0.25",method="GET",route="/api/orders"} 60.0
http_request_duration_seconds_bucket{le="0.5",method="GET",route="/api/orders"} 80.0
http_request_duration_seconds_bucket{le="+Inf",method="GET",route="/api/orders"} 100.0
http_request_duration_seconds_count{method="GET",route="/api/orders"} 100.0
http_request_duration_seconds_sum{method="GET",route="/api/orders"} 31.0
# TYPE load_requests counter
load_requests_total{status="200"} 80.0
load_requests_total{status="503"} 3.0
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1234.5
"""


OWN_NAMES = """\
# HELP envoy_rq Requests, by a program that does not append _total.
# TYPE envoy_rq counter
envoy_rq{code="200"} 5
  #\tTYPE other_total counter
other_total{text="# TYPE x counter\\n"} 2 1700000000000
{"http.requests","a.b"="c"} 3
"""


@pytest.mark.parametrize(
    ("selector", "count"),
    [
        pytest.param("envoy_rq", 5, id="a counter's own name"),
        pytest.param("envoy_rq_total", None, id="never the name it should have"),
        pytest.param("other_total", 2, id="with a time beside it"),
        pytest.param('{"http.requests"}', 3, id="UTF-8"),
    ],
)
def test_a_page_keeps_its_own_names_as_prometheus_does(selector: str, count: int | None) -> None:
    """Prometheus 2.42 scrapes `envoy_rq` and has no `envoy_rq_total`."""
    assert counted(page_samples(OWN_NAMES), selector) == count


async def read(page: Response, objectives: Sequence[Any] = OBJECTIVES) -> Any:
    with serving(page) as url:
        return await METRICS.counters(Replica("one", url), objectives)


async def test_a_replicas_counts_are_those_of_each_objective() -> None:
    counters = await read(PlainTextResponse(PAGE))
    assert counters.counts == {
        "orders-availability": Counts(100, 5),
        "orders-latency": Counts(100, 20),
    }
    assert (counters.load_counts, counters.started_at) == (Counts(83, 3), 1234.5)
    assert counters.replica == "one"
    assert datetime.now(UTC) - counters.read_at < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("gone", "left"),
    [
        pytest.param('status="50', "orders-latency", id="no bad series"),
        pytest.param('le="0.5"', "orders-availability", id="no bucket at the objective"),
        pytest.param("_count", "orders-availability", id="no valid series"),
    ],
)
async def test_an_objective_whose_series_is_missing_is_unknown_and_not_zero(
    gone: str, left: str
) -> None:
    page = "\n".join(line for line in PAGE.splitlines() if gone not in line) + "\n"
    assert list((await read(PlainTextResponse(page))).counts) == [left]


async def test_a_count_that_is_none_is_unknown() -> None:
    counters = await read(PlainTextResponse(PAGE.replace(" 90.0", " NaN")))
    assert list(counters.counts) == ["orders-latency"]


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        pytest.param(PlainTextResponse("", 500), "is no metrics page", id="an error"),
        pytest.param(PlainTextResponse("what{"), "is no metrics page", id="garbage"),
        pytest.param(PlainTextResponse("a 1\n"), "has no process_start_time", id="no start"),
    ],
)
async def test_a_page_that_is_none_is_our_error(page: Response, problem: str) -> None:
    with pytest.raises(RemoteError, match=problem):
        await read(page)


async def test_a_replica_that_does_not_answer_has_no_counters() -> None:
    assert await METRICS.counters(GONE, OBJECTIVES) is None


class Orders:
    """The control routes of a run's orders, two to a page."""

    def __init__(self, stored: list[tuple[int, str]]) -> None:
        self.stored = stored
        self.asked: list[str] = []

    def app(self) -> Starlette:
        path = "/api/chaos/runs/{run}/orders"
        return Starlette(
            routes=[
                Route(path, self._list, methods=["GET"]),
                Route(path, self._delete, methods=["DELETE"]),
            ]
        )

    async def _list(self, request: Request) -> Response:
        after = int(request.query_params["after"])
        self.asked.append(f"{request.path_params['run']} {request.headers['X-Chaos-Token']}")
        page = [(id_, key) for id_, key in self.stored if id_ > after][:2]
        orders = [{"id": id_, "idempotency_key": key} for id_, key in page]
        following = page[-1][0] if len(page) == 2 else None
        return JSONResponse({"orders": orders, "next": following, "total": len(self.stored)})

    async def _delete(self, request: Request) -> Response:
        del request
        deleted, self.stored = len(self.stored), []
        return JSONResponse({"deleted": deleted})


@pytest.fixture
def token_file(tmp_path: Path) -> Path:
    path = tmp_path / "token"
    path.write_text("secret")
    return path


def book(token_file: Path, *replicas: Replica) -> OrderBookHttp:
    async def listed() -> Sequence[Replica]:
        return replicas

    return OrderBookHttp(listed, TokenFile(token_file))


def write(number: int) -> Any:
    return attempt(
        number, operation=Operation.WRITE, status=201, order_id=str(number), key=f"key-{number}"
    )


async def test_writes_are_looked_up_page_by_page(token_file: Path) -> None:
    orders = Orders([(1, "key-1"), (2, "key-2"), (3, "key-3"), (4, "key-3"), (6, "key-6")])
    with serving(orders.app()) as url:
        found = await book(token_file, GONE, Replica("one", url)).check(
            "run-1", [write(number) for number in (1, 2, 3, 5)]
        )
    assert found == WriteCheck(acknowledged=4, lost=1, duplicated=1)
    assert orders.asked == ["run-1 secret"] * 3


async def test_a_runs_orders_are_cleared(token_file: Path) -> None:
    orders = Orders([(1, "a"), (2, "b")])
    with serving(orders.app()) as url:
        assert await book(token_file, Replica("one", url)).clear("run-1") == 2
    assert orders.stored == []


@pytest.mark.parametrize("replicas", [(), (GONE, GONE)], ids=["none at all", "none that answers"])
async def test_without_a_replica_nothing_can_be_looked_up(
    token_file: Path, replicas: tuple[Replica, ...]
) -> None:
    with pytest.raises(UnreachableError):
        await book(token_file, *replicas).check("run-1", [])


@pytest.mark.parametrize("body", ["[]", "{}", '{"orders": [{}], "next": null}', "<html>"])
async def test_orders_that_cannot_be_read_are_our_error(token_file: Path, body: str) -> None:
    with serving(PlainTextResponse(body)) as url:
        orders = book(token_file, Replica("odd", url))
        with pytest.raises(RemoteError, match="replica odd answered"):
            await orders.check("run-1", [])
        with pytest.raises(RemoteError, match="replica odd answered"):
            await orders.clear("run-1")


DELIVERY = {
    "name": "HighErrorRate",
    "status": "firing",
    "received_at": "2026-11-23T10:00:05Z",
    "starts_at": "2026-11-23T10:00:00Z",
    "ends_at": None,
    "fingerprint": "abc",
}


@pytest.fixture
def janitor() -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []

    async def deliveries(request: Request) -> Response:
        asked.append(request.query_params["since"])
        return JSONResponse([DELIVERY])

    async def health(request: Request) -> Response:
        del request
        return JSONResponse({"last_sweep": 1_000.5})

    routes = [Route("/deliveries", deliveries), Route("/healthz", health)]
    with serving(Starlette(routes=routes)) as url:
        yield url, asked


async def test_deliveries_are_read_as_they_were_received(janitor: tuple[str, list[str]]) -> None:
    url, asked = janitor
    (one,) = await JanitorHttp(url).deliveries(datetime.fromtimestamp(1_000.25, UTC))
    assert (one.name, one.status, one.ends_at) == ("HighErrorRate", "firing", None)
    assert one.received_at - one.starts_at == timedelta(seconds=5)
    assert asked == ["1000.250000"]


async def test_the_last_sweep_is_a_moment(janitor: tuple[str, list[str]]) -> None:
    swept = await JanitorHttp(janitor[0]).last_sweep()
    assert swept == datetime.fromtimestamp(1_000.5, UTC)


async def test_a_janitor_that_never_swept_says_so_with_a_503() -> None:
    with serving(JSONResponse({"last_sweep": None}, 503)) as url:
        assert await JanitorHttp(url).last_sweep() is None


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(PlainTextResponse("<html>"), id="no JSON"),
        pytest.param(JSONResponse([{"name": "A"}]), id="half a delivery"),
        pytest.param(JSONResponse({"last_sweep": "yesterday"}), id="no moment"),
        pytest.param(JSONResponse({"last_sweep": 1e30}), id="a moment beyond all time"),
    ],
)
async def test_a_janitor_that_talks_nonsense_is_our_error(answer: Response) -> None:
    with serving(answer) as url:
        with pytest.raises(RemoteError, match="the janitor answered"):
            await JanitorHttp(url).deliveries(datetime.now(UTC))
        with pytest.raises(RemoteError, match="the janitor answered"):
            await JanitorHttp(url).last_sweep()


async def test_a_janitor_that_is_gone_is_unreachable() -> None:
    with pytest.raises(UnreachableError, match="the janitor gave no answer"):
        await JanitorHttp(GONE.url).last_sweep()
