"""A clock for stamps and distances alike: it starts at the time of day and never jumps."""

import time


class Epoch:
    def __init__(self) -> None:
        self._offset = time.time() - time.monotonic()

    def now(self) -> float:
        """Give seconds since the epoch, as of the start, moved on by the monotonic clock."""
        return self._offset + time.monotonic()
