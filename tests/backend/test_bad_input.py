"""Whatever a client sends, it gets a 4xx with a problem document, and never a 500."""

import socket

import pytest

from tests.backend.replica_process import Replica

GOOD = b'{"item":"x","quantity":1,"price_cents":1}'


def body(**changes: str) -> bytes:
    fields = {"item": '"x"', "quantity": "1", "price_cents": "1", **changes}
    return ("{" + ",".join(f'"{key}":{value}' for key, value in fields.items()) + "}").encode()


BODIES = [
    pytest.param(b"", 400, id="empty"),
    pytest.param(b"{", 400, id="cut-off"),
    pytest.param(b"not json", 400, id="not-json"),
    pytest.param(b"\xff\xfe\x00", 400, id="not-utf-8"),
    pytest.param(b"[" * 5_000, 400, id="deeply-nested"),
    pytest.param(body(item='"\\ud800"'), 400, id="half-a-surrogate"),
    pytest.param(body(quantity="NaN"), 400, id="nan"),
    pytest.param(b"[]", 422, id="a-list"),
    pytest.param(b"null", 422, id="null"),
    pytest.param(b"{}", 422, id="nothing-in-it"),
    pytest.param(body(item='""'), 422, id="empty-item"),
    pytest.param(body(item='"a\\u0000b"'), 422, id="nul-character"),
    pytest.param(body(item='"a\\nb"'), 422, id="line-break"),
    pytest.param(body(item='"' + "x" * 201 + '"'), 422, id="long-item"),
    pytest.param(body(item="7"), 422, id="item-is-a-number"),
    pytest.param(body(quantity="0"), 422, id="no-quantity"),
    pytest.param(body(quantity="1001"), 422, id="too-many"),
    pytest.param(body(quantity="true"), 422, id="quantity-is-a-boolean"),
    pytest.param(body(quantity="1.5"), 422, id="half-a-piece"),
    pytest.param(body(quantity='"1"'), 422, id="quantity-is-text"),
    pytest.param(body(quantity="9" * 30), 422, id="huge-integer"),
    pytest.param(body(quantity="9" * 400), 400, id="integer-beyond-a-double"),
    pytest.param(body(price_cents="-1"), 422, id="negative-price"),
    pytest.param(body(price_cents="1e99"), 422, id="huge-price"),
    pytest.param(body(price_cents="9223372036854775808"), 422, id="beyond-64-bits"),
    pytest.param(body(colour='"red"'), 422, id="unknown-key"),
    pytest.param(b"x" * 16_385, 413, id="too-large"),
]


@pytest.mark.parametrize(("content", "status"), BODIES)
def test_a_bad_body_is_a_problem(replica: Replica, content: bytes, status: int) -> None:
    response = replica.client.post(
        "/api/orders", content=content, headers={"Idempotency-Key": "bad-body"}
    )
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status


def test_a_chunked_body_is_bounded_too(replica: Replica) -> None:
    response = replica.client.post(
        "/api/orders",
        content=(b"x" * 1_000 for _ in range(17)),
        headers={"Idempotency-Key": "chunked"},
    )
    assert response.status_code == 413


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param([], id="no-key"),
        pytest.param([(b"Idempotency-Key", b"")], id="empty-key"),
        pytest.param([(b"Idempotency-Key", b"k" * 129)], id="long-key"),
        pytest.param([(b"Idempotency-Key", b"k\xe4y")], id="key-is-not-ascii"),
        pytest.param([(b"Idempotency-Key", b"k\ty")], id="key-with-a-tab"),
        pytest.param(
            [(b"Idempotency-Key", b"key"), (b"X-Ironclad-Run", b"a b")], id="run-with-a-blank"
        ),
    ],
)
def test_bad_headers_are_a_problem(replica: Replica, headers: list[tuple[bytes, bytes]]) -> None:
    response = replica.client.post("/api/orders", content=GOOD, headers=headers)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/api/orders/0", 404, id="id-0"),
        pytest.param("GET", "/api/orders/-1", 404, id="negative-id"),
        pytest.param("GET", "/api/orders/abc", 404, id="id-is-a-word"),
        pytest.param("GET", "/api/orders/9223372036854775807", 404, id="highest-id"),
        pytest.param("GET", "/api/orders/9223372036854775808", 404, id="beyond-64-bits"),
        pytest.param("GET", "/api/orders/" + "9" * 400, 404, id="huge-id"),
        pytest.param("GET", "/api/orders/%D9%A1", 404, id="arabic-digit"),
        pytest.param("GET", "/api/orders/1%00", 404, id="nul-in-the-id"),
        pytest.param("GET", "/api/orders/", 404, id="slash-at-the-end"),
        pytest.param("GET", "/api/orders?limit=0", 422, id="limit-0"),
        pytest.param("GET", "/api/orders?limit=501", 422, id="limit-too-high"),
        pytest.param("GET", "/api/orders?limit=x", 422, id="limit-is-a-word"),
        pytest.param("GET", "/api/orders?after=-1", 422, id="negative-after"),
        pytest.param("GET", "/api/orders?after=" + "9" * 19, 422, id="huge-after"),
        pytest.param("GET", "/api/orders?after=%00", 422, id="nul-in-the-query"),
        pytest.param("DELETE", "/api/orders", 405, id="delete-all"),
        pytest.param("PUT", "/api/orders/1", 405, id="put"),
        pytest.param("MKCOL", "/api/orders", 405, id="rare-method"),
        pytest.param("GET", "/nowhere", 404, id="unknown-route"),
        pytest.param("GET", "/api/orders/1/2", 404, id="too-deep"),
    ],
)
def test_a_bad_request_is_a_problem(replica: Replica, method: str, path: str, status: int) -> None:
    response = replica.client.request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"


def test_a_405_names_every_method_of_the_path(replica: Replica) -> None:
    assert replica.client.delete("/api/orders").headers["allow"] == "GET, HEAD, POST"


def test_a_client_that_goes_away_in_the_middle_of_its_body_is_counted(replica: Replica) -> None:
    series = 'http_requests_total{method="POST",route="/api/orders",status="499"}'
    before = replica.metric(series) or 0
    head = b"POST /api/orders HTTP/1.1\r\nHost: x\r\nIdempotency-Key: k\r\n"
    with socket.create_connection(("127.0.0.1", replica.port)) as connection:
        connection.sendall(head + b"Content-Length: 99\r\n\r\n{")
    replica.wait_for(lambda: replica.metric(series) == before + 1)


def test_what_is_no_http_does_no_harm(replica: Replica) -> None:
    with socket.create_connection(("127.0.0.1", replica.port)) as connection:
        connection.sendall(b"\x16\x03\x01nonsense\r\n\r\n")
        assert b"400" in connection.recv(1_000)
    assert replica.client.get("/healthz").status_code == 200
