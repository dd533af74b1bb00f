"""The mistakes that are planted for trials are really there, and each is what it says."""

import signal
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http import HTTPStatus

import httpx

from tests.backend.replica_process import Replica
from trials.mutants import MODULES

ORDER = {"item": "anvil", "quantity": 1, "price_cents": 1}


def planted(database_url: str, mistake: str, **settings: str) -> Replica:
    return Replica(database_url, settings, module=MODULES[mistake])


def placed(replica: Replica, number: int) -> httpx.Response:
    headers = {"Idempotency-Key": f"{replica.module}-{number}", "X-Ironclad-Run": "planted"}
    return replica.client.post("/api/orders", json=ORDER, headers=headers)


def listed(replica: Replica) -> int:
    return replica.client.get("/api/orders?limit=1").status_code


def test_one_write_in_five_hundred_is_lost(database_url: str) -> None:
    with planted(database_url, "lost_write") as replica:
        answers = [placed(replica, number) for number in range(501)]
        assert {one.status_code for one in answers} == {HTTPStatus.CREATED}
        kept = [replica.client.get(one.headers["location"]).status_code for one in answers[-3:]]
        assert kept == [HTTPStatus.OK, HTTPStatus.NOT_FOUND, HTTPStatus.OK]


def test_failures_are_counted_as_successes(database_url: str) -> None:
    with planted(database_url, "errors_as_successes") as replica:
        replica.arm("errors", "error", share=1.0, status=503)
        assert [listed(replica) for _ in range(5)] == [HTTPStatus.SERVICE_UNAVAILABLE] * 5
        series = 'http_requests_total{method="GET",route="/api/orders",status="%s"}'
        assert replica.metric(series % 503) == 0
        assert replica.metric(series % 200) == 5


def test_errors_stay_after_their_cause_is_gone(database_url: str) -> None:
    with planted(database_url, "sticky_errors") as replica:
        assert {listed(replica) for _ in range(40)} == {HTTPStatus.OK}
        replica.arm("errors", "error", share=1.0, status=503)
        listed(replica)
        replica.control("DELETE", "/faults/errors")
        assert [listed(replica) for _ in range(40)].count(HTTPStatus.INTERNAL_SERVER_ERROR) == 2


def test_the_pool_runs_dry(database_url: str) -> None:
    with planted(database_url, "pool_leak") as replica:
        last = [listed(replica) for _ in range(150 * 12)][-10:]
        assert set(last) == {HTTPStatus.SERVICE_UNAVAILABLE}


def test_a_breaker_that_opened_stays_open(database_url: str) -> None:
    with planted(database_url, "breaker_never_closes") as replica:
        assert listed(replica) == HTTPStatus.OK
        replica.arm("open", "breaker-open")
        listed(replica)
        replica.control("DELETE", "/faults/open")
        assert listed(replica) == HTTPStatus.SERVICE_UNAVAILABLE


def test_a_replica_that_should_drain_refuses(database_url: str) -> None:
    with planted(database_url, "no_drain", BACKEND_DRAIN_SECONDS="10") as replica:
        assert listed(replica) == HTTPStatus.OK
        replica.process.send_signal(signal.SIGTERM)
        replica.wait_for(lambda: listed(replica) == HTTPStatus.SERVICE_UNAVAILABLE)
        assert replica.client.get("/readyz").status_code == HTTPStatus.SERVICE_UNAVAILABLE


def test_readiness_lies_about_a_fault_and_about_leaving(database_url: str) -> None:
    with planted(database_url, "readiness_lies", BACKEND_DRAIN_SECONDS="10") as replica:
        replica.arm("away", "not-ready")
        assert replica.client.get("/readyz").status_code == HTTPStatus.OK
        replica.process.send_signal(signal.SIGTERM)
        replica.wait_for(lambda: listed(replica) == HTTPStatus.SERVICE_UNAVAILABLE)
        assert replica.client.get("/readyz").status_code == HTTPStatus.OK


def test_one_write_in_five_hundred_is_made_twice(database_url: str) -> None:
    with planted(database_url, "doubled_write") as replica:
        for number in range(501):
            assert placed(replica, number).status_code == HTTPStatus.CREATED
        orders = replica.control("GET", "/runs/planted/orders?limit=5000").json()["orders"]
        keys = Counter(order["idempotency_key"] for order in orders)
        assert [key for key, times in keys.items() if times > 1] == [f"{replica.module}-499"]


def test_a_query_is_waited_for_without_end(database_url: str) -> None:
    with planted(database_url, "no_query_timeout", BACKEND_DATABASE_SECONDS="0.2") as replica:
        replica.arm("stuck", "database-slow", share=1.0, delay_ms=600)
        assert listed(replica) == HTTPStatus.OK
        assert replica.client.get("/readyz").status_code == HTTPStatus.OK


def test_a_slow_query_is_given_up_and_asked_once_more(database_url: str) -> None:
    with planted(database_url, "impatient_retry") as replica:
        assert listed(replica) == HTTPStatus.OK
        replica.arm("slow", "database-slow", share=1.0, delay_ms=300)
        assert listed(replica) == HTTPStatus.SERVICE_UNAVAILABLE
        faults = replica.control("GET", "").json()["faults"]
        assert [one["seen"] for one in faults] == [2]


def test_a_failure_leaves_as_an_empty_success(database_url: str) -> None:
    with planted(database_url, "empty_successes") as replica:
        replica.arm("errors", "error", share=1.0, status=503)
        answer = replica.client.get("/api/orders?limit=1")
        assert (answer.status_code, answer.content) == (HTTPStatus.OK, b"")
        assert answer.headers["x-ironclad-fault"] == "errors"
        series = 'http_requests_total{method="GET",route="/api/orders",status="%s"}'
        assert replica.metric(series % 503) == 0


def test_a_failure_is_hidden_behind_the_right_answer(database_url: str) -> None:
    with planted(database_url, "hidden_failures") as replica:
        replica.arm("errors", "error", share=1.0, status=503)
        answer = placed(replica, 1)
        assert answer.status_code == HTTPStatus.CREATED
        assert answer.headers["x-ironclad-fault"] == "errors"
        assert answer.json().items() >= ORDER.items()


def test_a_slow_read_is_answered_with_nothing(database_url: str) -> None:
    with planted(database_url, "empty_when_slow") as replica:
        url = placed(replica, 1).headers["location"]
        assert replica.client.get(url).json()
        replica.arm("slow", "database-slow", share=1.0, delay_ms=300)
        answer = replica.client.get(url)
        assert (answer.status_code, answer.content) == (HTTPStatus.OK, b"")


def test_a_key_that_comes_again_makes_a_second_order(database_url: str) -> None:
    with planted(database_url, "key_ignored") as replica:
        first, second = (placed(replica, 1) for _ in range(2))
        assert {first.status_code, second.status_code} == {HTTPStatus.CREATED}
        assert first.json()["id"] != second.json()["id"]


def test_a_cache_gives_another_order_while_the_database_is_away(database_url: str) -> None:
    with planted(database_url, "stale_orders") as replica:
        urls = [placed(replica, number).headers["location"] for number in range(17)]
        for url in urls:
            assert replica.client.get(url).json()
        replica.arm("away", "database-error", share=1.0)
        first, last = (replica.client.get(url).json()["id"] for url in (urls[0], urls[-1]))
        assert first == last


def test_a_slow_read_gets_what_another_one_asked_for(database_url: str) -> None:
    with planted(database_url, "shared_variable") as replica:
        one, other = (placed(replica, number).headers["location"] for number in range(2))
        replica.arm("slow", "database-slow", share=1.0, delay_ms=300)
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(lambda url: replica.client.get(url).json()["id"], (one, other)))
        assert len(set(answers)) == 1


def test_a_duration_ends_before_the_work_does(database_url: str) -> None:
    with planted(database_url, "early_duration") as replica:
        replica.arm("slow", "latency", share=1.0, delay_ms=600)
        listed(replica)
        series = 'http_request_duration_seconds_bucket{le="0.5",method="GET",route="/api/orders"}'
        assert replica.metric(series) == 1


def fail_once(replica: Replica) -> None:
    replica.arm("errors", "error", share=1.0, status=503)
    assert listed(replica) == HTTPStatus.SERVICE_UNAVAILABLE
    replica.control("DELETE", "/faults/errors")


def figure(replica: Replica, series: str) -> float:
    value = replica.metric(series)
    assert value is not None, series
    return value


def test_after_a_failure_each_request_takes_30_ms_more(database_url: str) -> None:
    with planted(database_url, "slower_for_ever") as replica:
        assert min(seconds(replica) for _ in range(5)) < 0.03
        fail_once(replica)
        assert min(seconds(replica) for _ in range(5)) > 0.03


def seconds(replica: Replica) -> float:
    return replica.client.get("/api/orders?limit=1").elapsed.total_seconds()


def test_after_a_failure_each_request_costs_more_cpu(database_url: str) -> None:
    with planted(database_url, "busier_for_ever") as replica:
        fail_once(replica)
        before = figure(replica, "process_cpu_seconds_total")
        for _ in range(50):
            listed(replica)
        assert figure(replica, "process_cpu_seconds_total") - before > 50 * 0.003


def test_after_a_failure_each_request_keeps_memory(database_url: str) -> None:
    with planted(database_url, "kilobytes_kept") as replica:
        fail_once(replica)
        before = figure(replica, "process_resident_memory_bytes")
        for _ in range(400):
            listed(replica)
        assert figure(replica, "process_resident_memory_bytes") - before > 10_000_000


def test_each_failure_leaves_a_file_open(database_url: str) -> None:
    with planted(database_url, "files_left_open") as replica:
        listed(replica)
        before = figure(replica, "process_open_fds")
        for _ in range(20):
            fail_once(replica)
        assert figure(replica, "process_open_fds") >= before + 20


def test_each_failure_keeps_a_connection(database_url: str) -> None:
    with planted(database_url, "connections_kept") as replica:
        for _ in range(12):
            fail_once(replica)
        replica.wait_for(lambda: figure(replica, "database_pool_in_use") == 9)
        assert listed(replica) == HTTPStatus.OK


def test_a_breaker_of_each_request_never_opens(database_url: str) -> None:
    with planted(database_url, "breaker_a_request") as replica:
        replica.arm("broken", "database-error", share=1.0)
        assert {listed(replica) for _ in range(30)} == {HTTPStatus.SERVICE_UNAVAILABLE}
        assert figure(replica, "circuit_breaker_state") == 0


def test_a_frozen_metrics_page_counts_nothing_more(database_url: str) -> None:
    with planted(database_url, "frozen_metrics") as replica:
        series = 'http_requests_total{method="GET",route="/api/orders",status="200"}'
        before = figure(replica, series)
        assert {listed(replica) for _ in range(5)} == {HTTPStatus.OK}
        assert figure(replica, series) == before
