"""Where a process spends its time: a look at the running frame for each millisecond of CPU."""

import json
import signal
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

EVERY_SECONDS = 0.001


@contextmanager
def sampled(path: Path | None) -> Iterator[None]:
    """Write `{file: samples}` to `path` at the end; nothing without one."""
    if path is None:
        yield
        return
    seen: Counter[str] = Counter()

    def look(number: int, frame: FrameType | None) -> None:
        del number
        if frame is not None:
            seen[frame.f_code.co_filename] += 1

    signal.signal(signal.SIGPROF, look)
    signal.setitimer(signal.ITIMER_PROF, EVERY_SECONDS, EVERY_SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        path.write_text(json.dumps(seen), encoding="utf-8")
