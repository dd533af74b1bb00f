"""A fault that is bound to a request which its runner holds open, on a real replica."""

import math
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from tests.backend.replica_process import TOKEN, Replica, environment
from tests.places import ROOT

HEADERS = {"X-Chaos-Token": TOKEN}
LONG = {"lease_seconds": 60, "attached_seconds": 60, "run": "r"}
RUNNER = """
import os, socket, subprocess, sys, time
port, token, mode = sys.argv[1:]
held = socket.create_connection(("127.0.0.1", int(port)))
body = b'{"grace_seconds": 0.05}'
held.sendall(b"PUT /api/chaos/attachments/r HTTP/1.1\\r\\nHost: x\\r\\nX-Chaos-Token: "
    + token.encode() + b"\\r\\nContent-Length: %d\\r\\n\\r\\n" % len(body) + body)
while b"attached" not in held.recv(4096):
    pass
if mode == "with-a-child":
    print(subprocess.Popen(["sleep", "30"]).pid, flush=True)
print("attached", flush=True)
time.sleep(60)
"""


@contextmanager
def attached(replica: Replica, run: str = "r", grace_seconds: float = 0.05) -> Iterator[None]:
    """Hold it on a connection of its own; leaving closes that."""
    body = {"grace_seconds": grace_seconds}
    path = f"{replica.url}/api/chaos/attachments/{run}"
    with (
        httpx.Client(trust_env=False, headers=HEADERS) as client,
        client.stream("PUT", path, json=body) as answer,
    ):
        assert answer.status_code == 200
        lines = answer.iter_lines()  # kept: an iterator that goes closes the connection
        assert next(lines) == f'{{"attached":"{run}"}}'
        yield


@contextmanager
def runner(replica: Replica, mode: str = "alone") -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-c", RUNNER, str(replica.port), TOKEN, mode]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        try:
            yield process
        finally:
            process.kill()


def faults(replica: Replica) -> list[str]:
    return [fault["id"] for fault in replica.control("GET", "").json()["faults"]]


def seconds_until_free(replica: Replica) -> float:
    began = time.monotonic()
    replica.wait_for(lambda: not faults(replica), seconds=5)
    return time.monotonic() - began


def test_a_killed_runner_takes_its_faults_along_at_once(replica: Replica) -> None:
    with runner(replica) as held:
        assert held.stdout is not None
        held.stdout.readline()
        assert replica.arm("e", "error", **LONG).status_code == 201
        assert replica.arm("other", "latency", delay_ms=1, run="another").status_code == 201

        held.kill()

        replica.wait_for(lambda: faults(replica) == ["other"], seconds=2)


def test_a_child_of_a_killed_runner_does_not_hold_its_faults(replica: Replica) -> None:
    with runner(replica, "with-a-child") as held:
        assert held.stdout is not None
        child = int(held.stdout.readline())
        held.stdout.readline()
        try:
            replica.arm("e", "error", **LONG)
            held.kill()
            assert seconds_until_free(replica) < 2
            os.kill(child, 0)
        finally:
            os.kill(child, signal.SIGKILL)


def test_a_stopped_runner_is_left_to_the_lease(replica: Replica) -> None:
    with runner(replica) as held:
        assert held.stdout is not None
        held.stdout.readline()
        replica.arm("e", "error", **{**LONG, "lease_seconds": 0.5})
        os.kill(held.pid, signal.SIGSTOP)

        assert 0.2 < seconds_until_free(replica) < 2


def test_a_runner_that_attaches_again_in_time_keeps_its_fault(replica: Replica) -> None:
    with attached(replica, grace_seconds=5):
        replica.arm("e", "error", **LONG)
    assert replica.control("GET", "").json()["attached_runs"] == ["r"]
    with attached(replica):
        assert faults(replica) == ["e"]
    seconds_until_free(replica)
    assert replica.control("GET", "").json()["attached_runs"] == []


def test_of_two_attachments_the_last_one_counts(replica: Replica) -> None:
    with attached(replica):
        with attached(replica):
            replica.arm("e", "error", **LONG)
        time.sleep(0.2)  # four times the grace
        assert faults(replica) == ["e"]
    seconds_until_free(replica)


def test_no_fault_lasts_longer_than_planned_however_often_it_is_renewed(replica: Replica) -> None:
    with attached(replica):
        order = {**LONG, "attached_seconds": 0.4}
        replica.arm("e", "error", **order)
        assert replica.control("GET", "").json()["faults"][0]["expires_in_seconds"] <= 0.4
        assert replica.arm("e", "error", **order).status_code == 200
        assert seconds_until_free(replica) < 2


def test_a_fault_may_be_attached_for_longer_than_any_lease_lasts(replica: Replica) -> None:
    """Renewed for two hours, it must not end after one."""
    with attached(replica):
        assert replica.arm("e", "error", **{**LONG, "attached_seconds": 7230}).status_code == 201


def test_a_stressor_ends_with_its_runner_as_well(replica: Replica) -> None:
    with attached(replica):
        replica.arm("burn", "cpu-burn", millicores=10, **LONG)
    assert seconds_until_free(replica) < 2


def test_an_order_that_comes_after_its_runner_is_void(replica: Replica) -> None:
    refused = replica.arm("e", "error", **LONG)
    assert refused.status_code == 412
    assert refused.json()["detail"].startswith("The run r is not attached here")
    assert faults(replica) == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"grace_seconds": 0.01}, "grace_seconds"),
        ({"grace_seconds": 6}, "grace_seconds"),
        ({"grace_seconds": "1"}, "grace_seconds"),
        ({"grace": 1}, "grace"),
    ],
)
def test_a_bad_attachment_is_refused_by_its_field(
    replica: Replica, body: dict[str, object], field: str
) -> None:
    refused = replica.control("PUT", "/attachments/r", json=body)
    assert (refused.status_code, refused.json()["field"]) == (422, field)
    assert replica.control("PUT", "/attachments/a%20b", json={}).status_code == 422


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"attached_seconds": 5}, "run"),
        ({"attached_seconds": 0, "run": "r"}, "attached_seconds"),
        ({"attached_seconds": math.pi * 30_000, "run": "r"}, "attached_seconds"),
    ],
)
def test_a_bad_binding_is_refused_by_its_field(
    replica: Replica, changes: dict[str, object], field: str
) -> None:
    refused = replica.arm("e", "error", **changes)
    assert (refused.status_code, refused.json()["field"]) == (422, field)


def test_a_held_request_does_not_keep_a_replica_from_leaving(database_url: str) -> None:
    """It stays armed while it drains, and nothing of the grace for requests in flight passes."""
    with (
        Replica(database_url, {"BACKEND_DRAIN_SECONDS": "0.5"}) as replica,
        runner(replica) as held,
    ):
        assert held.stdout is not None
        held.stdout.readline()
        replica.arm("e", "error", **LONG)
        began = time.monotonic()
        replica.process.send_signal(signal.SIGTERM)
        replica.wait_for(lambda: replica.client.get("/readyz").status_code == 503)
        assert faults(replica) == ["e"]
        assert replica.process.wait(20) == 0
        assert time.monotonic() - began < 5


def test_a_held_request_is_not_counted_and_does_not_hold_the_next_one(replica: Replica) -> None:
    in_flight = "http_requests_in_flight"
    before = replica.metric(in_flight)
    with attached(replica):
        assert replica.metric(in_flight) == before
        assert replica.client.get("/api/orders").status_code == 200


def test_a_server_that_cannot_let_go_of_a_held_request_says_so() -> None:
    """Under plain uvicorn it would keep the server from leaving for as long as the runner lives."""
    code = (
        "import uvicorn; from backend.chaos import FaultRegistry;"
        "from backend.chaos.control import ControlRoutes; from backend.problems import *;"
        "from starlette.applications import Starlette; from starlette.testclient import TestClient;"
        "app = Starlette(routes=ControlRoutes(FaultRegistry(), dict).routes([]),"
        " exception_handlers={ProblemError: answer_http_exception});"
        "print(TestClient(app).put('/api/chaos/attachments/r', json={}).status_code)"
    )
    said = subprocess.run(  # noqa: S603
        [sys.executable, "-W", "ignore", "-c", code],
        cwd=ROOT, env=environment("x"), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert said.stdout.strip() == "501"
