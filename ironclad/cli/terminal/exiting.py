"""The end of a command, also where something keeps the process from coming to it.

Prefect waits minutes for its server, and asks again while Python shuts down. A process without
memory waits for a thread that never starts. The caller of a game day has the verdict by then, and
waits for nothing.
"""

import gc
import os
import sys
from typing import NoReturn

_abandoned: list[str] = []


class ReportedError(Exception):
    """Ctrl-C ended the command, and what it leaves behind has been said."""


def abandon(why: str) -> None:
    """Let the process end without waiting for what is still under way in it."""
    _abandoned.append(why)


def is_abandoned() -> bool:
    return bool(_abandoned)


def leave(code: int) -> NoReturn:
    if not _abandoned:
        gc.freeze()  # else Python looks through all that was imported once more
        sys.exit(code)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
