"""One attempt is one request on the wire and one row, whatever becomes of it."""

import asyncio
from dataclasses import replace

import pytest

from ironclad.clock import Epoch
from ironclad.domain.experiment.expected_answer import created
from ironclad.domain.experiment.experiment import Mix
from ironclad.domain.load.load import Attempt, Operation
from ironclad.load.client import Client, open_session
from ironclad.load.mix import Request
from tests.fakes.load.orders import load_order
from tests.fakes.stack.raw_server import OK, Answer, raw_server, reset

READ = Request(Operation.READ, "/api/orders?limit=10")
ORDERS = load_order().load
ORDER = {"item": "anvil", "quantity": 1, "price_cents": 1}
WRITE = Request(Operation.WRITE, "/api/orders", ORDER, expected=created(ORDERS, ORDER))


async def attempts(
    answer: Answer, *requests: Request, give_up: float = 1.0
) -> tuple[list[Attempt], list[bytes]]:
    """Send one request after the other on one session; gives rows and what the server saw."""
    seen: list[bytes] = []

    async def noting(head: bytes, writer: asyncio.StreamWriter) -> bool:
        seen.append(head)
        return await answer(head, writer)

    async with raw_server(noting) as url:
        order, epoch = load_order(url, timeout=give_up, mix=Mix()), Epoch()
        async with open_session(order) as session:
            client = Client(session, order.run, epoch)
            rows = [
                await client.attempt(number, epoch.now(), request)
                for number, request in enumerate(requests)
            ]
    return rows, seen


async def say_ok(_: bytes, writer: asyncio.StreamWriter) -> bool:
    writer.write(OK)
    return True


def once_ok_then(answer: Answer) -> Answer:
    """Keep the connection alive with one good answer, so that the next one reuses it."""
    calls = iter([say_ok])

    async def then(head: bytes, writer: asyncio.StreamWriter) -> bool:
        return await next(calls, answer)(head, writer)

    return then


async def break_off(_: bytes, writer: asyncio.StreamWriter) -> bool:
    reset(writer)
    return False


async def close(_: bytes, writer: asyncio.StreamWriter) -> bool:
    writer.close()
    return False


async def say_nothing(_: bytes, writer: asyncio.StreamWriter) -> bool:
    del writer
    await asyncio.sleep(60)
    return False


async def say_half(_: bytes, writer: asyncio.StreamWriter) -> bool:
    writer.write(OK.replace(b"Content-Length: 14", b"Content-Length: 99"))
    return False


async def say_garbage(_: bytes, writer: asyncio.StreamWriter) -> bool:
    writer.write(b"what?\r\n\r\n")
    return False


@pytest.mark.parametrize("request_", [READ, WRITE], ids=["a read", "a write"])
@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(break_off, "reset", id="a reset"),
        pytest.param(close, "closed", id="a connection closed without an answer"),
        pytest.param(say_nothing, "timeout", id="no answer in time"),
        pytest.param(say_half, "cut", id="an answer that ends early"),
    ],
)
async def test_a_failure_on_a_reused_connection_is_one_row_and_is_not_repeated(
    answer: Answer, error: str, request_: Request
) -> None:
    rows, seen = await attempts(once_ok_then(answer), READ, request_, give_up=0.3)
    assert [(row.status, row.error) for row in rows] == [(200, ""), (None, error)]
    assert len(seen) == len(rows)


async def test_a_garbled_answer_is_a_row() -> None:
    (row,), _ = await attempts(say_garbage, READ)
    assert row.status is None
    assert row.error


async def test_a_port_without_a_listener_is_a_refused_row() -> None:
    order, epoch = load_order("http://127.0.0.1:1"), Epoch()
    async with open_session(order) as session:
        row = await Client(session, order.run, epoch).attempt(0, epoch.now(), READ)
    assert (row.status, row.error, row.replica) == (None, "refused", "")


async def test_an_answer_cut_off_still_names_its_replica() -> None:
    (row,), _ = await attempts(say_half, READ)
    assert (row.status, row.replica) == (None, "one")


async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    async def redirect(_: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n")
        return True

    rows, seen = await attempts(redirect, READ)
    assert [row.status for row in rows] == [302]
    assert len(seen) == 1


async def test_a_write_carries_its_run_and_a_key_of_its_own() -> None:
    rows, seen = await attempts(say_ok, WRITE, WRITE, READ)
    assert all(b"X-Ironclad-Run: trial" in head for head in seen)
    keys = [row.idempotency_key for row in rows]
    assert len(set(keys[:2])) == 2
    assert keys[2] == ""
    assert all(key.encode() in head for key, head in zip(keys, seen, strict=True))


async def test_the_created_order_is_known_by_its_id() -> None:
    body = b'{"id": 17, "item": "anvil", "quantity": 1, "price_cents": 1}'
    (row,), _ = await attempts(saying(201, body), WRITE)
    assert (row.status, row.error, row.order_id) == (201, "", "17")


def saying(status: int, body: bytes) -> Answer:
    head = b"HTTP/1.1 %d OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"

    async def say(_: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(head % (status, len(body)) + body)
        return True

    return say


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (201, b"", "wrong_answer/empty"),
        (200, b'{"id": 17, "item": "anvil"}', "wrong_answer/status"),
        (201, b'{"id": 17, "item": "drill"}', "wrong_answer/foreign"),
        (503, b"", ""),
    ],
)
async def test_the_answer_to_a_write_has_to_hold_the_order_that_was_sent(
    status: int, body: bytes, error: str
) -> None:
    (row,), _ = await attempts(saying(status, body), WRITE)
    assert (row.status, row.error, row.order_id) == (status, error, "")


async def test_a_repeated_write_goes_out_with_the_key_of_the_first() -> None:
    rows, seen = await attempts(say_ok, replace(WRITE, key="once"))
    assert [row.idempotency_key for row in rows] == ["once"]
    assert b"Idempotency-Key: once" in seen[0]


async def test_a_connection_that_the_server_wants_closed_is_not_used_again() -> None:
    writers: list[asyncio.StreamWriter] = []

    async def last(_: bytes, writer: asyncio.StreamWriter) -> bool:
        writers.append(writer)
        writer.write(OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n"))
        return True

    rows, _ = await attempts(last, READ, READ, READ)
    assert [row.status for row in rows] == [200, 200, 200]
    assert len(set(map(id, writers))) == 3


async def test_latency_counts_from_the_intended_time_and_marks_are_kept() -> None:
    async def marked(_: bytes, writer: asyncio.StreamWriter) -> bool:
        writer.write(OK.replace(b"\r\n\r\n", b"\r\nX-Ironclad-Fault: a, b\r\n\r\n"))
        return True

    async with raw_server(marked) as url:
        order, epoch = load_order(url), Epoch()
        async with open_session(order) as session:
            row = await Client(session, order.run, epoch).attempt(0, epoch.now() - 5, READ)
    assert 5 < row.latency_seconds < 6
    assert 5 <= row.sent_at - row.intended_at < 6
    assert row.fault == "a,b"
    assert row.is_marked("b")
