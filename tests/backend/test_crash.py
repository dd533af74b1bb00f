"""The fault that ends the process, and a replica that dies while a fault is armed on it."""

from collections.abc import Iterator

import pytest

from tests.backend.replica_process import Replica


@pytest.fixture
def own(database_url: str) -> Iterator[Replica]:
    with Replica(database_url, {"BACKEND_DRAIN_SECONDS": "30"}) as replica:
        yield replica


def test_a_crash_answers_and_ends_the_process_without_draining(own: Replica) -> None:
    assert own.arm("f", "crash").status_code == 202
    assert own.process.wait(2) == 70


def test_so_does_the_short_form(own: Replica) -> None:
    assert own.control("POST", "/crash").status_code == 202
    assert own.process.wait(2) == 70


def test_where_faults_are_disabled_nothing_crashes(replica: Replica) -> None:
    replica.control("POST", "/disable")
    assert replica.arm("f", "crash").status_code == 409
    assert replica.control("POST", "/crash").status_code == 409
    assert replica.client.get("/healthz").status_code == 200


def test_a_crash_cannot_be_renewed_into_the_next_process(replica: Replica) -> None:
    body = {"kind": "crash", "lease_seconds": 6}
    answer = replica.control("PUT", "/faults/f", json=body, headers={"If-Match": "*"})
    assert answer.status_code == 412
    assert replica.client.get("/healthz").status_code == 200


def test_a_fault_is_gone_with_its_process_and_a_renewal_does_not_bring_it_back(
    own: Replica, database_url: str
) -> None:
    body = {"kind": "error", "lease_seconds": 60}
    assert own.control("PUT", "/faults/f", json=body).status_code == 201
    own.process.kill()
    own.process.wait()
    with Replica(database_url, name=own.name, port=own.port) as heir:
        assert heir.control("GET", "").json()["faults"] == []
        answer = heir.control("PUT", "/faults/f", json=body, headers={"If-Match": "*"})
        assert answer.status_code == 412
        assert heir.client.get("/api").status_code == 200
