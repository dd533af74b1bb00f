"""Faults that leave a client without an answer: hang and connection-reset."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.backend.replica_process import Replica


def fault(replica: Replica, fault_id: str = "f") -> dict[str, object]:
    armed = replica.control("GET", "").json()["faults"]
    return next(each for each in armed if each["id"] == fault_id)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def test_a_hung_request_is_answered_when_the_fault_is_taken_off(
    replica: Replica, threads: ThreadPoolExecutor
) -> None:
    replica.arm("f", "hang")
    answer = threads.submit(replica.client.get, "/api")
    replica.wait_for(lambda: fault(replica)["hit"] == 1)
    assert not answer.done()
    assert replica.control("DELETE", "/faults/f").json()["hit"] == 1
    assert answer.result(5).status_code == 200
    assert answer.result().headers["x-ironclad-fault"] == "f"


def test_a_hung_request_is_answered_when_the_lease_lapses(replica: Replica) -> None:
    replica.arm("f", "hang", lease_seconds=0.3)
    response = replica.client.get("/api")
    assert response.status_code == 200
    assert 0.2 <= response.elapsed.total_seconds() < 3


def test_the_body_of_a_hung_write_is_not_lost(
    replica: Replica, threads: ThreadPoolExecutor
) -> None:
    replica.arm("f", "hang")
    order = {"item": "anvil", "quantity": 2, "price_cents": 100}
    headers = {"Idempotency-Key": "hung"}
    answer = threads.submit(replica.client.post, "/api/orders", json=order, headers=headers)
    replica.wait_for(lambda: fault(replica)["hit"] == 1)
    replica.control("DELETE", "/faults/f")
    assert answer.result(5).status_code == 201
    assert answer.result().json()["item"] == "anvil"


def test_of_a_client_that_gave_up_nothing_is_held(replica: Replica) -> None:
    replica.arm("f", "hang")
    series = 'http_requests_total{method="GET",route="/api/orders",status="499"}'
    before = replica.metric(series) or 0
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(f"{replica.url}/api/orders", timeout=0.2, trust_env=False)
    replica.wait_for(lambda: replica.metric(series) == before + 1)
    assert replica.metric("http_requests_in_flight") == 0


def test_a_reset_is_a_reset_on_a_connection_that_was_kept(replica: Replica) -> None:
    with httpx.Client(base_url=replica.url, trust_env=False) as client:
        assert client.get("/api").status_code == 200
        replica.arm("f", "connection-reset")
        with pytest.raises(httpx.ReadError, match=r"reset|104"):
            client.get("/api")
        assert replica.control("DELETE", "/faults/f").json()["hit"] == 1
        assert client.get("/api").status_code == 200


def test_of_a_share_of_resets_just_these_are_not_answered(replica: Replica) -> None:
    replica.arm("f", "connection-reset", share=0.3)
    broken = 0
    for _ in range(100):
        try:
            assert replica.client.get("/api").status_code == 200
        except httpx.ReadError:
            broken += 1
    tally = replica.control("DELETE", "/faults/f").json()
    assert (tally["seen"], tally["hit"]) == (100, broken)
    assert 29 <= broken <= 31


def test_a_reset_is_no_5xx_for_who_counts_here(replica: Replica) -> None:
    series = 'http_requests_total{method="GET",route="/api/orders",status="%s"}'
    before = {status: replica.metric(series % status) or 0 for status in (499, 500)}
    replica.arm("f", "connection-reset")
    with pytest.raises(httpx.ReadError):
        replica.client.get("/api/orders")
    replica.control("DELETE", "/faults/f")
    assert replica.metric(series % 499) == before[499] + 1
    assert replica.metric(series % 500) == before[500]


@pytest.mark.parametrize("kind", ["hang", "connection-reset"])
@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "/api/chaos/"])
def test_probes_metrics_and_control_are_never_touched(
    replica: Replica, kind: str, path: str
) -> None:
    replica.arm("f", kind)
    began = time.monotonic()
    assert replica.client.get(path).status_code in {200, 404}
    assert time.monotonic() - began < 1
    assert fault(replica)["seen"] == 0


def test_two_faults_share_the_requests_of_a_replica(replica: Replica) -> None:
    """What is reset no error sees."""
    replica.arm("resets", "connection-reset", share=0.5)
    replica.arm("errors", "error", share=0.2)
    broken, marked = 0, 0
    for _ in range(100):
        try:
            marked += replica.client.get("/api").headers.get("x-ironclad-fault") == "errors"
        except httpx.ReadError:
            broken += 1
    assert abs(broken - 50) <= 1
    assert abs(marked - (100 - broken) * 0.2) <= 1
    assert fault(replica, "errors")["seen"] == 100 - broken
