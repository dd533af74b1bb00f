"""Orders over real sockets, in a real PostgreSQL."""

import asyncio
import uuid

import httpx
import pytest

from tests.backend.postgres_server import PostgresServer
from tests.backend.replica_process import Replica

ORDER = {"item": "Schraube M8 🔩", "quantity": 3, "price_cents": 250}


def place(
    replica: Replica, body: object = ORDER, key: str | None = None, **headers: str
) -> httpx.Response:
    key = str(uuid.uuid4()) if key is None else key
    return replica.client.post(
        "/api/orders", json=body, headers={"Idempotency-Key": key, **headers}
    )


def test_an_order_is_created_where_its_location_says(replica: Replica) -> None:
    response = place(replica)
    assert response.status_code == 201
    assert response.headers["location"] == f"/api/orders/{response.json()['id']}"
    found = replica.client.get(response.headers["location"])
    assert found.status_code == 200
    assert found.json() == response.json()
    assert {**ORDER, "value_cents": 750}.items() <= found.json().items()


def test_a_repeat_gives_the_same_order_and_says_so(replica: Replica) -> None:
    key = str(uuid.uuid4())
    first, again = place(replica, key=key), place(replica, key=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"


def test_a_key_cannot_be_used_for_another_order(replica: Replica) -> None:
    key = str(uuid.uuid4())
    place(replica, key=key)
    response = place(replica, {**ORDER, "quantity": 4}, key)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"


async def test_fifty_requests_at_once_with_one_key_make_one_order(
    replica: Replica, postgres: PostgresServer
) -> None:
    key = str(uuid.uuid4())
    created = replica.metric("orders_created_total") or 0
    async with httpx.AsyncClient(base_url=replica.url, timeout=10, trust_env=False) as client:
        responses = await asyncio.gather(
            *(
                client.post("/api/orders", json=ORDER, headers={"Idempotency-Key": key})
                for _ in range(50)
            )
        )
    assert {response.status_code for response in responses} == {201}
    assert len({response.json()["id"] for response in responses}) == 1
    assert postgres.psql("ironclad", "SELECT idempotency_key FROM orders").split().count(key) == 1
    assert replica.metric("orders_created_total") == created + 1


def test_business_metrics_count_new_orders_and_repeats_apart(replica: Replica) -> None:
    names = ("orders_created_total", "orders_repeated_total", "order_value_cents_total")
    before = [replica.metric(name) or 0 for name in names]
    key = str(uuid.uuid4())
    place(replica, key=key)
    place(replica, key=key)
    after = [replica.metric(name) or 0 for name in names]
    assert [b - a for a, b in zip(before, after, strict=True)] == [1, 1, 750]


def test_paging_visits_each_order_once(replica: Replica) -> None:
    placed = [place(replica).json()["id"] for _ in range(7)]
    after, seen = placed[0] - 1, []
    while after is not None:
        page = replica.client.get("/api/orders", params={"after": after, "limit": 3}).json()
        seen += [order["id"] for order in page["orders"]]
        after = page["next"]
    assert [order_id for order_id in seen if order_id in placed] == placed
    assert len(seen) == len(set(seen))


def test_the_orders_of_a_run_are_listed_and_deleted_and_no_others(replica: Replica) -> None:
    ordinary = place(replica).json()["id"]
    ids = [place(replica, **{"X-Ironclad-Run": "run-7"}).json()["id"] for _ in range(5)]
    first = replica.control("GET", "/runs/run-7/orders", params={"limit": 3}).json()
    rest = replica.control("GET", "/runs/run-7/orders", params={"after": first["next"]}).json()
    assert [order["id"] for order in first["orders"] + rest["orders"]] == ids
    assert (first["total"], rest["next"]) == (5, None)
    assert replica.control("DELETE", "/runs/run-7/orders").json() == {"deleted": 5}
    assert replica.control("DELETE", "/runs/run-7/orders").json() == {"deleted": 0}
    assert replica.client.get(f"/api/orders/{ids[0]}").status_code == 404
    assert replica.client.get(f"/api/orders/{ordinary}").status_code == 200


def test_a_large_run_is_deleted_in_bounded_steps(
    replica: Replica, postgres: PostgresServer
) -> None:
    postgres.psql(
        "ironclad",
        "INSERT INTO orders (idempotency_key, item, quantity, price_cents, run) "
        "SELECT 'large-' || n, 'x', 1, 1, 'large' FROM generate_series(1, 5001) n",
    )
    assert replica.control("DELETE", "/runs/large/orders").json() == {"deleted": 5001}


def test_an_answer_does_not_wait_for_the_client_to_acknowledge_its_head(replica: Replica) -> None:
    """Without TCP_NODELAY each takes 40 ms; half of that is an ample bound for the median."""
    taken = sorted(replica.client.get("/api").elapsed.total_seconds() for _ in range(21))
    assert taken[10] < 0.02


@pytest.mark.parametrize("path", ["/api/orders", "/api", "/healthz", "/nowhere", "/api/chaos"])
def test_every_answer_names_its_replica_and_its_request(replica: Replica, path: str) -> None:
    headers = replica.client.get(path, headers={"X-Request-Id": "abc"}).headers
    assert headers["x-ironclad-replica"] == "replica-1"
    assert headers["x-request-id"] == "abc"
