"""What orchestrators, balancers and Prometheus see."""

from collections.abc import Iterator

import pytest

from backend.chaos import KINDS
from tests.backend.postgres_server import PostgresServer, free_port
from tests.backend.replica_process import Replica

ENDPOINTS = [("GET", "/api/orders"), ("POST", "/api/orders"), ("GET", "/api/orders/{id}")]
STATUSES = ("200", "201", "404", "422", "429", "500", "502", "503", "504")


@pytest.fixture(scope="module")
def fresh(database_url: str) -> Iterator[Replica]:
    with Replica(database_url) as replica:
        yield replica


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize(("method", "route"), ENDPOINTS)
def test_what_an_objective_reads_exists_at_0_from_the_start(
    fresh: Replica, method: str, route: str, status: str
) -> None:
    labels = f'{{method="{method}",route="{route}",status="{status}"}}'
    assert fresh.metric(f"http_requests_total{labels}") == 0


@pytest.mark.parametrize(
    "series",
    [
        *(f'load_requests_total{{status="{status}"}}' for status in STATUSES),
        *(f'chaos_fault_active{{kind="{kind}"}}' for kind in KINDS),
        "circuit_breaker_state",
        "orders_created_total",
        "orders_repeated_total",
        "order_value_cents_total",
        "database_pool_in_use",
        "database_pool_waiting",
    ],
)
def test_so_does_this(fresh: Replica, series: str) -> None:
    assert fresh.metric(series) == 0


@pytest.mark.parametrize("bound", ["0.05", "0.1", "0.25", "0.5", "1.0"])
def test_latency_has_a_bucket_boundary_at_each_objective(fresh: Replica, bound: str) -> None:
    labels = f'{{le="{bound}",method="GET",route="/api/orders"}}'
    assert fresh.metric(f"http_request_duration_seconds_bucket{labels}") == 0


def test_no_counter_has_a_second_series_for_its_time_of_birth(fresh: Replica) -> None:
    assert "_created{" not in fresh.client.get("/metrics").text


def test_probes_and_control_are_not_counted(fresh: Replica) -> None:
    fresh.client.get("/readyz")
    fresh.control("GET", "")
    text = fresh.client.get("/metrics").text
    for path in ("readyz", "metrics", "chaos/"):
        assert f'route="/{path}' not in text
    assert fresh.metric("http_requests_in_flight") == 0


def test_the_process_and_its_build_are_exported(fresh: Replica) -> None:
    assert (fresh.metric("process_resident_memory_bytes") or 0) > 1e6
    assert "backend_build_info{" in fresh.client.get("/metrics").text


def test_alive_but_not_ready_without_a_database() -> None:
    url = f"postgresql://ironclad_user@127.0.0.1:{free_port()}/ironclad"
    with Replica(url) as replica:
        assert replica.client.get("/healthz").status_code == 200
        probe = replica.client.get("/readyz")
    assert probe.status_code == 503
    assert probe.json()["reason"].startswith("database: ")


def test_not_ready_without_a_schema(postgres: PostgresServer) -> None:
    with Replica(postgres.create_database("empty")) as replica:
        probe = replica.client.get("/readyz")
        orders = replica.client.get("/api/orders")
    assert (probe.status_code, orders.status_code) == (503, 503)
    assert "backend.migrate" in probe.json()["reason"]


def test_a_unix_socket_serves_as_well(postgres: PostgresServer, database_url: str) -> None:
    assert database_url
    with Replica(postgres.socket_url("ironclad")) as replica:
        assert replica.client.get("/readyz").status_code == 200
