"""A flow's process ends with the worker that started it, in good order."""

import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tasks.stopping import cancelled_without_parent
from tests.fakes.stack.product import wait_until
from tests.places import ROOT


def test_a_process_whose_parent_is_killed_undoes_and_ends(tmp_path: Path) -> None:
    path = tmp_path / "path"
    parent = subprocess.Popen(  # noqa: S603 - our own module
        [sys.executable, "-m", "tests.fakes.game_day.orphan", "parent", str(path)],
        cwd=ROOT,
        stderr=subprocess.DEVNULL,
    )
    assert wait_until(lambda: path.exists() and "alive" in path.read_text(), 20) is not None
    child = psutil.Process(int(path.read_text().split()[1]))

    parent.send_signal(signal.SIGKILL)
    parent.wait()

    assert wait_until(lambda: "undone" in path.read_text(), 5) is not None
    assert path.read_text() == "undone: the parent is gone"
    psutil.wait_procs([child], timeout=5)
    assert not child.is_running()


async def test_a_body_whose_parent_lives_is_left_alone() -> None:
    async with cancelled_without_parent("gone"):
        ended = True
    assert ended


def test_outside_of_a_task_there_is_nothing_to_cancel() -> None:
    with pytest.raises(RuntimeError):
        cancelled_without_parent("gone").__aenter__().send(None)
