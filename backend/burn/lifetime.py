"""What ends this program: its time is up or its parent is gone."""

import contextlib
import ctypes
import os
import signal
import sys
import threading
import time

LOOK_SECONDS = 0.05
_SET_PARENT_DEATH_SIGNAL = 1


class Lifetime:
    """The time left: each line on standard input renews it in seconds; its end is the end."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        threading.Thread(target=self._follow, daemon=True).start()

    @property
    def is_over(self) -> bool:
        return time.monotonic() >= self._until

    def wait(self) -> None:
        while not self.is_over:
            time.sleep(LOOK_SECONDS)

    def _follow(self) -> None:
        with contextlib.suppress(ValueError):
            for line in sys.stdin:
                self._until = time.monotonic() + float(line)
        os._exit(0)  # the parent closed the pipe, or is gone and the kernel did


def die_with(parent: int) -> None:
    """Beside the pipe, which a sibling could hold open: the kernel's own word, where it has one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # it died before it was asked for
        os._exit(0)


def go_first() -> None:
    """Where memory runs out all the same, the kernel takes this program and not the service."""
    with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as score:  # noqa: PTH123
        score.write("1000")
