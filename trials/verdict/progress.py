"""What a person sees while the trials run, and until when a game may begin."""

import sys
import time
from datetime import UTC, datetime

LONGEST_GAME_SECONDS = 200.0
"""With the coming up before it and the going down after it."""


def say(words: str) -> None:
    print(f"{datetime.now(UTC):%H:%M:%S} {words}", file=sys.stderr, flush=True)  # noqa: T201


class Deadline:
    """Monotonic; no game begins that could not end in time."""

    def __init__(self, minutes: float) -> None:
        self._ends_at = time.monotonic() + 60 * minutes

    @property
    def is_near(self) -> bool:
        return time.monotonic() > self._ends_at - LONGEST_GAME_SECONDS
