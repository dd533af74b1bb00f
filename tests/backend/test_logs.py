"""Log lines, with and without a reader."""

import logging
import os
import time
from collections.abc import Callable

import orjson
import pytest

from backend.telemetry.logs import LIMIT_LINES, JsonHandler, LineWriter
from tests.backend.replica_process import TOKEN, Replica

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


def record(level: int, message: str, error: Exception | None = None) -> logging.LogRecord:
    trace = (type(error), error, None) if error else None
    return logging.LogRecord("test", level, "file.py", 1, message, None, trace)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_each_request_is_one_line(replica: Replica) -> None:
    headers = {
        "X-Request-Id": "line-1",
        "X-Ironclad-Run": "run-9",
        "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01",
    }
    replica.client.get("/api/orders/123456", headers=headers)

    def lines() -> list[dict[str, object]]:
        return [line for line in replica.log_lines() if line.get("request_id") == "line-1"]

    replica.wait_for(lambda: bool(lines()), seconds=1.5)
    [line] = lines()
    assert line.pop("ts")
    assert 0 < float(str(line.pop("duration_ms"))) < 5_000
    assert line == {
        "level": "info",
        "message": "request",
        "replica": "replica-1",
        "request_id": "line-1",
        "trace_id": TRACE,
        "run": "run-9",
        "method": "GET",
        "route": "/api/orders/{id}",
        "status": 404,
    }


def test_arming_a_fault_leaves_a_trace_and_no_secret(replica: Replica) -> None:
    replica.arm("logged", "latency", delay_ms=1)
    replica.wait_for(
        lambda: any("Fault logged: armed" in line["message"] for line in replica.log_lines())
    )
    assert TOKEN not in str(replica.log_lines())


def test_what_is_in_the_buffer_is_written_at_the_end(database_url: str) -> None:
    with Replica(database_url) as replica:
        replica.client.get("/api", headers={"X-Request-Id": "last"})
        assert replica.leave() == 0
        assert "last" in [line.get("request_id") for line in replica.log_lines()]


def test_lines_wait_for_the_timer_but_a_warning_does_not() -> None:
    reader, writer = os.pipe()
    with LineWriter(writer) as lines:
        lines.write({"message": "ordinary"})
        JsonHandler(lines, "one").handle(record(logging.WARNING, "urgent matter"))
        first, second = [orjson.loads(line) for line in os.read(reader, 65_536).splitlines()]
    assert first == {"message": "ordinary"}
    assert (second["level"], second["message"]) == ("warning", "urgent matter")
    os.close(reader)
    os.close(writer)


def test_an_exception_brings_its_traceback_on_the_same_line() -> None:
    reader, writer = os.pipe()
    with LineWriter(writer) as lines:
        JsonHandler(lines, "one").handle(record(logging.ERROR, "Failed.", ZeroDivisionError("oh")))
    [line] = os.read(reader, 65_536).splitlines()
    assert "ZeroDivisionError: oh" in orjson.loads(line)["traceback"]
    os.close(reader)
    os.close(writer)


def test_without_a_reader_the_newest_lines_are_dropped_and_counted() -> None:
    reader, writer = os.pipe()
    with LineWriter(writer) as lines:
        lines.write({"message": "x" * 100_000}, at_once=True)  # more than a pipe holds
        wait_for(lambda: not lines._lines)  # noqa: SLF001  # the thread is stuck with it now
        started = time.monotonic()
        for n in range(LIMIT_LINES + 10):
            lines.write({"n": n})
        assert time.monotonic() - started < 5
        received = _read_until(reader, b'"dropped":10')
    assert f'"n":{LIMIT_LINES - 1}'.encode() in received
    assert f'"n":{LIMIT_LINES}'.encode() not in received
    os.close(reader)
    os.close(writer)


def test_a_log_that_cannot_be_written_does_no_harm() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with LineWriter(writer) as lines:
        lines.write({"message": "into the void"}, at_once=True)
        wait_for(lambda: not lines._lines)  # noqa: SLF001
        lines.write({"message": "again"})
    os.close(writer)


def _read_until(reader: int, end: bytes) -> bytes:
    received = b""
    while end not in received:
        received += os.read(reader, 65_536)
    return received


@pytest.mark.parametrize("value", ["\ud800", object(), b"bytes"])
def test_a_line_that_json_cannot_say_is_said_somehow(value: object) -> None:
    reader, writer = os.pipe()
    with LineWriter(writer) as lines:
        lines.write({"message": value})
    assert os.read(reader, 65_536).endswith(b"\n")
    os.close(reader)
    os.close(writer)
