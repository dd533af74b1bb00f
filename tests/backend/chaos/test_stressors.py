"""Faults that press on the machine from a process of their own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import psutil
import pytest

from backend.chaos.child import Child
from tests.backend.replica_process import Replica

MIB = 1 << 20


def children(replica: Replica) -> list[psutil.Process]:
    found = psutil.Process(replica.process.pid).children()
    return [each for each in found if each.status() != psutil.STATUS_ZOMBIE]


def stressor(replica: Replica) -> dict[str, Any]:
    fault = replica.control("GET", "").json()["faults"][0]
    found: dict[str, Any] = fault["stressor"]
    return found


def is_over(process: psutil.Process) -> bool:
    """Ended, be it not waited for by its parent yet."""
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def comes_true(condition: Callable[[], bool], seconds: float = 5) -> bool:
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.01)
    return condition()


@pytest.fixture
def own(database_url: str) -> Iterator[Replica]:
    with Replica(database_url) as replica:
        yield replica


def test_a_burn_uses_cpu_is_seen_to_and_is_gone_when_disarmed(replica: Replica) -> None:
    replica.arm("f", "cpu-burn", millicores=500)
    replica.wait_for(lambda: stressor(replica)["cpu_seconds"] > 0.1)
    assert stressor(replica)["is_alive"]
    assert len(children(replica)) == 1
    gone = replica.control("DELETE", "/faults/f").json()
    assert gone["stressor"]["cpu_seconds"] > 0.1
    assert gone["stressor"]["is_alive"], "it lived until its end was wanted"
    assert children(replica) == []
    assert replica.control("GET", "").json()["faults"] == []


def test_half_a_core_is_no_more_than_half_a_core(replica: Replica) -> None:
    replica.arm("f", "cpu-burn", millicores=500)
    child = children(replica)[0]
    began = child.create_time()
    replica.wait_for(lambda: stressor(replica)["cpu_seconds"] > 0.5)
    assert stressor(replica)["cpu_seconds"] / (time.time() - began) < 0.75


def test_memory_is_held_page_by_page(replica: Replica) -> None:
    replica.arm("f", "memory-pressure", size_bytes=64 * MIB)
    replica.wait_for(lambda: stressor(replica)["memory_bytes"] >= 64 * MIB)
    assert children(replica)[0].memory_info().rss >= 64 * MIB
    gone = replica.control("DELETE", "/faults/f").json()["stressor"]
    assert gone["is_alive"]
    assert gone["memory_bytes"] >= 64 * MIB
    assert children(replica) == []


def test_more_than_the_headroom_is_refused_with_the_headroom(replica: Replica) -> None:
    headroom = replica.control("GET", "").json()["memory_headroom_bytes"]
    answer = replica.arm("f", "memory-pressure", size_bytes=headroom * 2)
    assert answer.status_code == 409
    assert "MiB are left until 80 % of the memory here is in use" in answer.json()["detail"]
    assert children(replica) == []


def test_a_lease_that_lapses_ends_the_process_unasked(replica: Replica) -> None:
    replica.arm("f", "cpu-burn", millicores=100, lease_seconds=0.5)
    child = children(replica)[0]
    replica.wait_for(lambda: is_over(child))


def test_a_renewal_reaches_the_process(replica: Replica) -> None:
    replica.arm("f", "cpu-burn", millicores=100, lease_seconds=0.6)
    child = children(replica)[0]
    replica.arm("f", "cpu-burn", millicores=100, lease_seconds=60)
    with pytest.raises(psutil.TimeoutExpired):
        child.wait(1.2)
    assert stressor(replica)["is_alive"]


def test_who_hangs_cannot_keep_it_alive(own: Replica) -> None:
    """The process has a deadline of its own: a replica that is stopped renews nothing."""
    own.arm("f", "cpu-burn", millicores=100, lease_seconds=1)
    child = children(own)[0]
    own.process.send_signal(signal.SIGSTOP)
    own.wait_for(lambda: is_over(child))
    own.process.send_signal(signal.SIGCONT)
    own.wait_for(lambda: own.control("GET", "").json()["faults"] == [])


@pytest.mark.parametrize("kind", ["cpu-burn", "memory-pressure"])
def test_it_dies_with_its_replica(own: Replica, kind: str) -> None:
    parameters = {"size_bytes": 8 * MIB} if kind == "memory-pressure" else {}
    own.arm("f", kind, **parameters)
    child = children(own)[0]
    own.process.kill()
    own.process.wait()
    own.wait_for(lambda: is_over(child))


def test_it_ends_in_good_order_with_a_replica_that_leaves(own: Replica) -> None:
    own.arm("f", "cpu-burn", millicores=100)
    child = children(own)[0]
    assert own.leave() == 0
    own.wait_for(lambda: is_over(child))


def test_one_that_was_killed_is_reported_as_such(replica: Replica) -> None:
    replica.arm("f", "cpu-burn", millicores=100)
    os.kill(children(replica)[0].pid, signal.SIGKILL)
    replica.wait_for(lambda: not stressor(replica)["is_alive"])
    assert not replica.control("DELETE", "/faults/f").json()["stressor"]["is_alive"]


def test_an_open_pipe_does_not_keep_it_alive() -> None:
    """The kernel tells the child of its parent's death, even where a sibling holds the pipe."""
    script = (
        "import os, subprocess, sys\n"
        "from backend.chaos.child import Child\n"
        "child = Child(('cpu', '100'), 60)\n"
        "sibling = subprocess.Popen(['sleep', '5'], stdout=subprocess.DEVNULL,"
        " close_fds=False, pass_fds=[child._process.stdin.fileno()])\n"
        "print(child.pid, sibling.pid, flush=True)\n"
        "import time; time.sleep(0.3)\n"
        "os._exit(0)\n"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=10
    )
    child, sibling = map(int, done.stdout.split())
    try:
        assert comes_true(lambda: not psutil.pid_exists(child))
    finally:
        os.kill(sibling, signal.SIGKILL)


def test_a_child_that_is_stuck_does_not_hold_up_a_renewal() -> None:
    child = Child(("cpu", "1"), 60)
    os.kill(child.pid, signal.SIGSTOP)
    for _ in range(20_000):
        child.renew(60)
    child.end()
    assert comes_true(lambda: child.is_gone)
