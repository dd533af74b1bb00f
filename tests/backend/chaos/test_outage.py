"""PostgreSQL dies, hangs and comes back."""

import uuid
from collections.abc import Iterator

import httpx
import pytest

from tests.backend.postgres_server import PostgresServer
from tests.backend.replica_process import Replica, migrate

QUICK = {
    "BACKEND_BREAKER_FAILURES": "3",
    "BACKEND_BREAKER_RECOVERY_SECONDS": "0.3",
    "BACKEND_DATABASE_SECONDS": "1",
    "BACKEND_POOL_SIZE": "3",
}


@pytest.fixture(scope="module")
def mortal() -> Iterator[PostgresServer]:
    """One that the tests may kill."""
    with PostgresServer() as server:
        server.create_database("ironclad")
        migrate(server.url("ironclad"))
        yield server


@pytest.fixture
def replica(mortal: PostgresServer) -> Iterator[Replica]:
    with Replica(mortal.url("ironclad"), QUICK) as replica:
        yield replica


def place(replica: Replica) -> tuple[str, httpx.Response]:
    key = str(uuid.uuid4())
    body = {"item": "x", "quantity": 1, "price_cents": 1}
    return key, replica.client.post("/api/orders", json=body, headers={"Idempotency-Key": key})


def test_a_killed_database_means_503s_then_recovery_and_no_lost_order(
    mortal: PostgresServer, replica: Replica
) -> None:
    acknowledged, statuses = set(), []

    def request() -> int:
        key, response = place(replica)
        statuses.append(response.status_code)
        if response.status_code == 201:
            acknowledged.add(key)
        return response.status_code

    for _ in range(20):
        assert request() == 201
    mortal.kill()
    for _ in range(20):
        assert request() == 503
    assert replica.client.get("/readyz").status_code == 503
    mortal.start()
    replica.wait_for(lambda: request() == 201)
    replica.wait_for(lambda: replica.client.get("/readyz").status_code == 200)
    for _ in range(20):
        assert request() == 201
    assert set(statuses) == {201, 503}
    stored = mortal.psql("ironclad", "SELECT idempotency_key FROM orders").split()
    assert acknowledged <= set(stored)


def test_a_restarted_database_costs_no_more_than_its_absence(
    mortal: PostgresServer, replica: Replica
) -> None:
    """Connections that died while idle are not handed out."""
    assert place(replica)[1].status_code == 201
    mortal.kill()
    mortal.start()
    assert place(replica)[1].status_code == 201


def test_the_breaker_goes_through_its_states_where_prometheus_can_see_it(
    mortal: PostgresServer, replica: Replica
) -> None:
    def state() -> float | None:
        return replica.metric("circuit_breaker_state")

    assert state() == 0
    mortal.kill()
    for _ in range(3):
        assert place(replica)[1].status_code == 503
    assert state() == 2
    refused = place(replica)[1]
    assert refused.headers["retry-after"] == "1"
    assert "being left alone" in refused.json()["detail"]
    replica.wait_for(lambda: state() == 1)
    assert place(replica)[1].status_code == 503
    assert state() == 2
    mortal.start()
    replica.wait_for(lambda: state() == 1)
    assert place(replica)[1].status_code == 201
    assert state() == 0


def test_a_database_that_hangs_does_not_hang_requests(
    mortal: PostgresServer, replica: Replica
) -> None:
    assert place(replica)[1].status_code == 201
    mortal.freeze()
    try:
        for _ in range(5):
            response = place(replica)[1]
            assert response.status_code == 503
            assert response.elapsed.total_seconds() < 3
        probe = replica.client.get("/readyz")
        assert probe.status_code == 503
        assert probe.elapsed.total_seconds() < 1
        assert replica.client.get("/healthz").status_code == 200
    finally:
        mortal.thaw()
    replica.wait_for(lambda: place(replica)[1].status_code == 201)
    assert replica.metric("database_pool_in_use") == 0
    assert replica.metric("database_pool_waiting") == 0


def test_a_slow_statement_is_given_up_by_the_server(
    mortal: PostgresServer, replica: Replica
) -> None:
    """A lock that somebody else holds: 503 in time, and the connection lives on."""
    mortal.psql(
        "ironclad",
        "CREATE OR REPLACE FUNCTION pause() RETURNS trigger AS "
        "'BEGIN PERFORM pg_sleep(30); RETURN NEW; END' LANGUAGE plpgsql",
    )
    mortal.psql(
        "ironclad",
        "CREATE TRIGGER slow BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION pause()",
    )
    try:
        response = place(replica)[1]
    finally:
        mortal.psql("ironclad", "DROP TRIGGER slow ON orders")
    assert response.status_code == 503
    assert response.elapsed.total_seconds() < 2
    assert place(replica)[1].status_code == 201


def test_it_leaves_in_time_while_its_database_hangs(
    mortal: PostgresServer, replica: Replica
) -> None:
    assert place(replica)[1].status_code == 201
    mortal.freeze()
    try:
        assert replica.leave() == 0
    finally:
        mortal.thaw()
