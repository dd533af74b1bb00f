"""Faults between the service and its database."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.backend.replica_process import Replica


@pytest.fixture
def path() -> str:
    return "/api/orders?limit=1"


def test_a_slow_database_makes_the_answer_late_and_marks_it(replica: Replica, path: str) -> None:
    replica.arm("f", "database-slow", delay_ms=150)
    response = replica.client.get(path)
    assert response.status_code == 200
    assert response.headers["x-ironclad-fault"] == "f"
    assert response.elapsed.total_seconds() >= 0.15


def test_it_keeps_a_connection_for_as_long(replica: Replica, path: str) -> None:
    """A pool of ten, and twenty at once: the second ten wait for the first."""
    replica.arm("f", "database-slow", delay_ms=300)
    began = time.monotonic()
    with ThreadPoolExecutor(20) as pool:
        answers = list(pool.map(lambda _: replica.client.get(path).status_code, range(20)))
    assert answers == [200] * 20
    assert time.monotonic() - began >= 0.6


def test_slower_than_the_service_waits_is_unavailable(replica: Replica, path: str) -> None:
    replica.arm("f", "database-slow", delay_ms=60_000)
    response = replica.client.get(path)
    assert response.status_code == 503
    assert response.headers["x-ironclad-fault"] == "f"
    assert response.elapsed.total_seconds() < 5


def test_what_waits_goes_on_when_the_fault_is_taken_off(replica: Replica, path: str) -> None:
    replica.arm("f", "database-slow", delay_ms=1500, lease_seconds=0.2)
    assert replica.client.get(path).elapsed.total_seconds() < 1


def test_an_error_of_the_database_is_a_marked_503_and_the_breaker_sees_it(
    replica: Replica, path: str
) -> None:
    replica.arm("f", "database-error")
    answers = [replica.client.get(path) for _ in range(8)]
    assert {answer.status_code for answer in answers} == {503}
    marked = ["x-ironclad-fault" in answer.headers for answer in answers]
    assert marked == [True] * 5 + [False] * 3, "the breaker opens after five"
    assert replica.control("DELETE", "/faults/f").json() | {"stressor": None} == {
        "removed": True,
        "seen": 5,
        "hit": 5,
        "stressor": None,
    }
    replica.wait_for(lambda: replica.client.get(path).status_code == 200)


def test_a_share_of_half_never_opens_the_breaker(replica: Replica, path: str) -> None:
    replica.arm("f", "database-error", share=0.5)
    answers = [replica.client.get(path).status_code for _ in range(100)]
    assert abs(answers.count(503) - 50) <= 1
    assert replica.control("DELETE", "/faults/f").json()["seen"] == 100


@pytest.mark.parametrize("kind", ["database-error", "database-slow"])
def test_the_readiness_probe_and_the_control_routes_never_meet_a_fault(
    replica: Replica, kind: str
) -> None:
    parameters = {"delay_ms": 5_000} if kind == "database-slow" else {}
    replica.arm("f", kind, **parameters)
    assert replica.client.get("/readyz").status_code == 200
    assert replica.control("GET", "/runs/unknown/orders").json()["total"] == 0
    assert replica.control("GET", "").json()["faults"][0]["seen"] == 0
