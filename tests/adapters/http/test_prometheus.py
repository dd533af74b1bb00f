"""Prometheus' answers as our values, and everything else as our errors."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from starlette.responses import JSONResponse, PlainTextResponse, Response

from ironclad.adapters.prometheus.client import Prometheus
from ironclad.domain.alerting.live_rules import LiveRule
from ironclad.domain.evidence.counters import Sample, Series
from ironclad.errors import RemoteError, UnreachableError
from tests.fakes.prometheus.api import PrometheusApi, sample, series, success
from tests.fakes.stack.raw_server import raw_server
from tests.fakes.stack.serving import serving


@pytest.fixture
def api() -> PrometheusApi:
    return PrometheusApi()


@pytest.fixture
def prometheus(api: PrometheusApi) -> Iterator[Prometheus]:
    with serving(api.app()) as url:
        yield Prometheus(url + "/")


async def test_raw_samples_are_those_after_the_start_up_to_the_end(
    prometheus: Prometheus, api: PrometheusApi
) -> None:
    values = {10.0: "1", 10.5: "2", 20.0: "3", 20.001: "4"}
    api.answers["m{"] = success([series(values, b="2", a="1")], "matrix")
    found = await prometheus.raw('m{a="1"}', 10.0, 20.0)
    assert found == (Series((("a", "1"), ("b", "2")), (Sample(10.5, 2.0), Sample(20.0, 3.0))),)
    assert api.asked == [('m{a="1"}[10000ms]', "20.000")]


async def test_no_series_differs_from_a_series_of_zeros(
    prometheus: Prometheus, api: PrometheusApi
) -> None:
    api.answers["zeros"] = success([series({15.0: "0"})], "matrix")
    api.answers["stale"] = success([series({10.0: "7"})], "matrix")
    assert await prometheus.raw("nothing", 10, 20) == ()
    assert await prometheus.raw("stale", 10, 20) == ()
    assert [one.samples for one in await prometheus.raw("zeros", 10, 20)] == [(Sample(15, 0),)]


async def test_queries_never_take_the_threads_that_their_own_tunnel_needs() -> None:
    """A tunnel into a cluster is served by the same event loop as those who wait for it."""
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(max_workers=1))
    body = b'{"status":"success","data":{"resultType":"vector","result":[]}}'

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        await asyncio.to_thread(lambda: None)
        head = f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        writer.close()
        await writer.wait_closed()

    async with await asyncio.start_server(tunnel, "127.0.0.1", 0) as served:
        prometheus = Prometheus(f"http://127.0.0.1:{served.sockets[0].getsockname()[1]}")
        async with asyncio.timeout(4):
            answers = await asyncio.gather(*(prometheus.value("up", 1.0) for _ in range(20)))
    assert answers == [None] * 20


async def test_the_scrape_interval_is_the_longest_of_the_jobs_targets(
    prometheus: Prometheus, api: PrometheusApi
) -> None:
    api.targets = [
        {"labels": {"job": "shop"}, "scrapeInterval": "15s"},
        {"labels": {"job": "shop"}, "scrapeInterval": "1m"},
        {"labels": {"job": "other"}, "scrapeInterval": "1h"},
    ]
    assert await prometheus.scrape_interval("shop") == timedelta(minutes=1)
    assert await prometheus.scrape_interval("unknown") is None
    api.targets = [{"labels": {"job": "shop"}}]
    with pytest.raises(RemoteError, match="is no list of targets"):
        await prometheus.scrape_interval("shop")


@pytest.mark.parametrize("value", ["NaN", "+Inf", "-Inf"])
async def test_a_raw_sample_that_is_no_number_is_an_error(
    prometheus: Prometheus, api: PrometheusApi, value: str
) -> None:
    api.answers["m"] = success([series({15.0: "1", 16.0: value})], "matrix")
    with pytest.raises(RemoteError, match="what is no result: a sample that is"):
        await prometheus.raw("m", 10, 20)


@pytest.mark.parametrize(
    ("answer", "value"),
    [
        pytest.param(success([sample("0.25")]), 0.25, id="a number"),
        pytest.param(success([sample("0")]), 0.0, id="zero"),
        pytest.param(success([]), None, id="nothing"),
        pytest.param(success([sample("NaN")]), None, id="NaN"),
        pytest.param(success([sample("+Inf")]), None, id="infinity"),
        pytest.param(success([100.0, "3"], "scalar"), 3.0, id="a scalar"),
        pytest.param(success([100.0, "NaN"], "scalar"), None, id="a scalar that is NaN"),
    ],
)
async def test_a_query_has_one_value_or_none(
    prometheus: Prometheus, api: PrometheusApi, answer: Response, value: float | None
) -> None:
    api.answers["q"] = answer
    assert await prometheus.value("q", 100.5) == value
    assert api.asked == [("q", "100.500")]


async def test_several_values_are_an_error_and_not_the_first_of_them(
    prometheus: Prometheus, api: PrometheusApi
) -> None:
    api.answers["q"] = success([sample("1", a="1"), sample("2", a="2")])
    with pytest.raises(RemoteError, match="with 2 series; a single value was wanted"):
        await prometheus.value("q", 100)


async def test_only_instances_that_were_scraped_well_since_then_are_listed(
    prometheus: Prometheus, api: PrometheusApi
) -> None:
    api.answers["timestamp("] = success(
        [sample("101", instance="b"), sample("102", instance="a"), sample("99", instance="old")]
    )
    assert await prometheus.scraped_since('the "job"', 100) == ("a", "b")
    assert api.asked[0][0].count(r'up{job="the \"job\""}') == 2


async def test_each_alert_is_described_by_all_of_its_series(
    prometheus: Prometheus, api: PrometheusApi
) -> None:
    api.rules = [
        {
            "interval": 5,
            "rules": [
                {
                    "type": "alerting",
                    "name": "Fired",
                    "labels": {"severity": "critical"},
                    "annotations": {"runbook_url": "docs/runbooks/fired.md"},
                },
                {"type": "alerting", "name": "Silent"},
                {"type": "recording", "name": "NoAlert"},
            ],
        }
    ]
    states = [
        series({10.0: "1", 15.0: "1"}, alertname="Fired", alertstate="pending", x="1"),
        series({20.0: "1", 25.0: "1"}, alertname="Fired", alertstate="firing", x="1"),
        series({15.0: "1", 20.0: "1"}, alertname="Fired", alertstate="firing", x="2"),
    ]
    api.answers["ALERTS{alertname"] = success(states, "matrix")
    api.answers['ALERTS{alertstate="firing"'] = success([sample("1", alertname="Silent")])
    names = ("Fired", "Silent", "NoAlert", "Un.known")
    fired, silent, no_alert, unknown = await prometheus.alert_sightings(names, 5, 60)
    moments = (fired.pending_at, fired.firing_at, fired.resolved_at)
    assert [at.timestamp() for at in moments if at] == [10, 15, 30]
    assert (silent.known, silent.firing_at, silent.firing_at_baseline) == (True, None, True)
    assert not fired.firing_at_baseline
    assert (no_alert.known, unknown.known) == (False, False)
    assert (fired.severity, fired.runbook) == ("critical", "docs/runbooks/fired.md")
    assert fired.would_page
    assert not silent.would_page
    assert (
        'ALERTS{alertname=~"Fired|Silent|NoAlert|Un\\\\.known"}[55000ms]',
        "60.000",
    ) in api.asked


async def test_every_alert_that_fired_is_named_once(
    prometheus: Prometheus, api: PrometheusApi
) -> None:
    states = [
        series({20.0: "1"}, alertname="B", alertstate="firing", x="1"),
        series({20.0: "1"}, alertname="A", alertstate="firing", x="1"),
        series({25.0: "1"}, alertname="B", alertstate="firing", x="2"),
        series({2.0: "1"}, alertname="Before", alertstate="firing"),
    ]
    api.answers['ALERTS{alertstate="firing"}'] = success(states, "matrix")
    assert await prometheus.fired_alerts(5, 60) == ("A", "B")


async def test_no_names_ask_nothing(prometheus: Prometheus, api: PrometheusApi) -> None:
    assert await prometheus.alert_sightings((), 5, 60) == ()
    assert api.asked == []


Question = Callable[[Prometheus], Awaitable[object]]
QUESTIONS: dict[str, Question] = {
    "raw": lambda one: one.raw("m", 10, 20),
    "value": lambda one: one.value("m", 20),
    "scraped_since": lambda one: one.scraped_since("m", 10),
    "alert_sightings": lambda one: one.alert_sightings(["A"], 10, 20),
}
each_question = pytest.mark.parametrize("question", QUESTIONS.values(), ids=QUESTIONS)


@each_question
async def test_a_prometheus_that_is_gone_is_unreachable(question: Question) -> None:
    with pytest.raises(UnreachableError, match="gave no answer"):
        await question(Prometheus("http://127.0.0.1:1"))


@each_question
@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(PlainTextResponse("<html>busy</html>"), id="no JSON"),
        pytest.param(JSONResponse({"status": "success"}), id="no data"),
        pytest.param(JSONResponse({"data": {"result": [{"metric": {}}]}}), id="no value"),
        pytest.param(JSONResponse({"data": {"result": 5}}), id="no list"),
        pytest.param(JSONResponse([]), id="a list"),
        pytest.param(JSONResponse({"error": "out of memory"}, 503), id="an error"),
        pytest.param(JSONResponse({"error": "parse error"}, 400), id="a refusal"),
    ],
)
async def test_an_answer_that_is_none_is_our_error(question: Question, answer: Response) -> None:
    with serving(answer) as url, pytest.raises(RemoteError, match=r"Prometheus"):
        await question(Prometheus(url))


async def test_a_refusal_is_reported_in_prometheus_words_and_is_not_repeated(
    prometheus: Prometheus, api: PrometheusApi
) -> None:
    api.answers["up{"] = JSONResponse({"error": "parse error: unexpected end"}, 400)
    api.answers["busy"] = JSONResponse({"error": "busy"}, 503)
    with pytest.raises(RemoteError, match=r"refused 'up{': .*parse error: unexpected end"):
        await prometheus.value("up{", 1)
    with pytest.raises(RemoteError, match="busy"):
        await prometheus.value("busy", 1)
    assert len(api.asked) == 2


async def test_a_prometheus_that_hangs_is_given_up() -> None:
    async def never(_: bytes, writer: asyncio.StreamWriter) -> bool:
        del writer
        await asyncio.sleep(60)
        return False

    begun = time.monotonic()
    async with raw_server(never) as url:
        with pytest.raises(UnreachableError, match="nothing within 5 s"):
            await Prometheus(url).value("up", 1)
    assert time.monotonic() - begun < 8


async def test_its_rules_are_read_as_it_runs_them(
    prometheus: Prometheus, api: PrometheusApi
) -> None:
    alert = {
        "type": "alerting",
        "name": "A",
        "query": "up == 0",
        "duration": 60,
        "labels": {"severity": "critical"},
    }
    record = {"type": "recording", "name": "slo:a", "query": "sum(b)"}
    api.rules = [{"interval": 30, "rules": [alert, record]}]
    assert await prometheus.live_rules() == (
        LiveRule(
            name="A",
            expr="up == 0",
            interval_seconds=30,
            is_alert=True,
            wait_seconds=60,
            labels={"severity": "critical"},
        ),
        LiveRule(name="slo:a", expr="sum(b)", interval_seconds=30, is_alert=False),
    )
