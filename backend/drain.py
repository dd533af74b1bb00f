"""Leaving in order: not ready, but still accepting, until a balancer has had time to notice."""

import time
from collections.abc import Callable


class Drain:
    def __init__(self, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._clock = clock
        self._until: float | None = None

    @property
    def has_begun(self) -> bool:
        return self._until is not None

    @property
    def is_over(self) -> bool:
        return self._until is not None and self._clock() >= self._until

    def begin(self) -> None:
        """The first call counts; later ones do not put off the end."""
        if self._until is None:
            self._until = self._clock() + self._seconds
