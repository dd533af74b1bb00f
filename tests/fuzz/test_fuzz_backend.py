"""Whatever a client sends: no 5xx, no hang, what is described, and nothing lost."""

import socket
from typing import Any
from urllib.parse import quote

import httpx
import orjson
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Route

from backend.app import create_app
from backend.drain import Drain
from backend.settings import DatabaseSettings, Settings
from backend.telemetry.logs import LineWriter
from tests.backend.replica_process import TOKEN, Replica
from tests.fuzz.amount import fuzzed
from tests.fuzz.described import JSON, Operation, complaint, nearly, operations
from tests.fuzz.tally import note

FRAMEWORKS_OWN = {404, 405}
"""What Starlette says where no route fits; the same for every path."""
HARMLESS = ("latency", "error", "not-ready", "breaker-open", "no-such-kind", "")
"""Kinds whose faults end with a DELETE. Others end the process, or keep a core busy."""
OPEN = [operation for operation in operations() if not operation.needs_token]
GUARDED = [operation for operation in operations() if operation.needs_token]

segments = st.text(max_size=80) | st.integers().map(str)
header_values = st.text(st.characters(min_codepoint=0, max_codepoint=255), max_size=140)


@st.composite
def requests(draw: st.DrawFn, operation: Operation) -> dict[str, Any]:
    """Draw one request: each part as described, or nearly, or junk."""
    path = operation.path
    for parameter in operation.parameters_in("path"):
        value = str(draw(nearly(parameter["schema"]) | segments))
        path = path.replace(f"{{{parameter['name']}}}", quote(_whole(value), safe="") or "0")
    query = {
        parameter["name"]: _whole(str(draw(nearly(parameter["schema"]) | segments)))
        for parameter in operation.parameters_in("query")
        if draw(st.booleans())
    }
    headers = [
        (parameter["name"].encode(), _header(draw(nearly(parameter["schema"]) | header_values)))
        for parameter in operation.parameters_in("header")
        if draw(st.integers(0, 9))
    ]
    body = draw(nearly(operation.body) | JSON) if operation.body else None
    content = draw(st.binary(max_size=200)) if not draw(st.integers(0, 9)) else _json(body)
    return {
        "method": operation.method,
        "url": path,
        "params": query,
        "headers": headers,
        "content": content if operation.body else None,
    }


def _whole(text: str) -> str:
    """Without half surrogates, which no URL can carry."""
    return text.encode("utf-8", "replace").decode()


def _header(value: Any) -> bytes:
    """Without what a header cannot hold at all; the client would refuse to send it."""
    raw = str(value).encode("latin-1", "replace")
    return bytes(byte for byte in raw if byte >= 32 and byte != 127).strip()


def _json(body: Any) -> bytes:
    try:
        return orjson.dumps(body)
    except (TypeError, ValueError):
        return repr(body).encode("utf-8", "replace")


def asked(target: Replica, request: dict[str, Any]) -> httpx.Response:
    """Give the whole answer; of one that is held open, its first part."""
    with target.client.stream(**request, timeout=5) as answer:
        is_held = answer.headers.get("transfer-encoding") == "chunked"
        content = next(answer.iter_raw()) if is_held else answer.read()
        return httpx.Response(answer.status_code, headers=answer.headers, content=content)


def fits(operation: Operation, answer: httpx.Response) -> str:
    if answer.status_code in FRAMEWORKS_OWN and str(answer.status_code) not in operation.responses:
        return ""
    is_json = "json" in answer.headers.get("content-type", "")
    body = answer.json() if is_json else None
    return complaint(operation, answer.status_code, answer.headers.get("content-type", ""), body)


@fuzzed
@given(data=st.data())
def test_every_open_route_keeps_to_its_description(target: Replica, data: st.DataObject) -> None:
    operation = data.draw(st.sampled_from(OPEN))
    request = data.draw(requests(operation))

    answer = asked(target, request)

    note("requests")
    assert answer.status_code < 500
    assert fits(operation, answer) == ""
    assert answer.headers["X-Ironclad-Replica"]


@fuzzed
@given(data=st.data())
def test_no_acknowledged_order_is_lost_or_changed(target: Replica, data: st.DataObject) -> None:
    (place,) = (operation for operation in OPEN if operation.method == "POST")
    request = data.draw(requests(place))

    first = asked(target, request)
    again = asked(target, request)

    note("orders")
    assert first.status_code == again.status_code < 500
    if first.status_code != 201:
        return
    assert again.json() == first.json()
    found = target.client.get(first.headers["Location"])
    assert found.json() == first.json()
    sent = orjson.loads(request["content"])
    assert {key: found.json()[key] for key in sent} == sent


TOKENS: list[dict[str, str | bytes]] = [
    {},
    {"X-Chaos-Token": ""},
    {"X-Chaos-Token": TOKEN[:-1]},
    {"X-Chaos-Token": TOKEN.upper()},
    {"X-Chaos-Token": "last-month's-token"},
    {"Authorization": f"Bearer {TOKEN}"},
    {"Cookie": f"X-Chaos-Token={TOKEN}"},
]


@fuzzed
@given(data=st.data())
def test_no_control_route_does_anything_without_the_token(
    target: Replica, data: st.DataObject
) -> None:
    operation = data.draw(st.sampled_from(GUARDED))
    request = data.draw(requests(operation))
    token = data.draw(st.sampled_from(TOKENS) | header_values.map(_wrong_token))
    request["headers"] = [*request["headers"], *token.items()]

    answer = asked(target, request)

    note("tokens")
    assert answer.status_code in {401, *FRAMEWORKS_OWN}
    assert target.control("GET", "").json()["faults"] == []


def _wrong_token(value: str) -> dict[str, str | bytes]:
    raw = _header(value)
    return {} if raw == TOKEN.encode() else {"X-Chaos-Token": raw}


@fuzzed
@given(data=st.data())
def test_control_routes_with_the_token_keep_to_their_description(
    target: Replica, data: st.DataObject
) -> None:
    operation = data.draw(st.sampled_from(GUARDED))
    request = data.draw(requests(operation))
    request["content"] = request["content"] and harmless(
        request["content"], data.draw(st.sampled_from(HARMLESS))
    )
    request["headers"] = [*request["headers"], (b"X-Chaos-Token", TOKEN.encode())]
    try:
        answer = asked(target, request)

        note("orders to arm")
        assert answer.status_code < 500
        assert fits(operation, answer) == ""
    finally:
        target.control("DELETE", "")
        target.control("POST", "/enable")


def harmless(content: bytes, kind: str) -> bytes:
    """Put another kind into an order to arm, whatever else is wrong with it."""
    try:
        body = orjson.loads(content)
    except orjson.JSONDecodeError:
        return content
    return orjson.dumps({**body, "kind": kind}) if isinstance(body, dict) else content


@fuzzed
@given(junk=st.binary(max_size=400), is_request=st.booleans())
def test_bytes_that_are_no_http_do_no_harm(
    target: Replica, junk: bytes, *, is_request: bool
) -> None:
    head = b"POST /api/orders HTTP/1.1\r\nHost: x\r\n" if is_request else b""
    with socket.create_connection(("127.0.0.1", target.port), timeout=5) as connection:
        connection.sendall(head + junk)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65_536):
            pass

    note("byte strings")
    assert target.client.get("/healthz").status_code == 200


def test_the_document_describes_every_route_but_the_short_forms() -> None:
    settings = Settings(DatabaseSettings("localhost", 1, "user", "name"), chaos_token="token")
    routes = create_app(settings, LineWriter(), Drain(0)).routes
    served = {
        (method, route.path)
        for route in routes
        if isinstance(route, Route)
        for method in route.methods or ()
        if method != "HEAD" and not _is_short_form(route.path)
    }

    assert served == {(operation.method, operation.path) for operation in operations()}


def _is_short_form(path: str) -> bool:
    """One of those for people, as in /api/chaos/latency/{value}."""
    return path == "/api/chaos/crash" or path.endswith("/{value}")
