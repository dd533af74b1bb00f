"""The circuit breaker around the database.

The library counts and keeps the time, on the monotonic clock. Half-open lets exactly one call
through. A call from before the circuit opened does not count afterwards, nor does a cancelled call.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import circuitbreaker  # type: ignore[import-untyped]

from backend.chaos import BreakerOpen, Switch
from backend.database import DatabaseUnavailableError


class BreakerState(StrEnum):
    CLOSED = "closed"
    HALF_OPEN = "half-open"
    OPEN = "open"


GAUGE_VALUES = {BreakerState.CLOSED: 0, BreakerState.HALF_OPEN: 1, BreakerState.OPEN: 2}

_STATES = {
    circuitbreaker.STATE_CLOSED: BreakerState.CLOSED,
    circuitbreaker.STATE_HALF_OPEN: BreakerState.HALF_OPEN,
    circuitbreaker.STATE_OPEN: BreakerState.OPEN,
}


class BreakerOpenError(Exception):
    """The database is being left alone."""

    def __init__(self, retry_after_seconds: int) -> None:
        super().__init__("The circuit breaker is open.")
        self.retry_after_seconds = retry_after_seconds


class Breaker:
    def __init__(
        self, failures: int, recovery_seconds: float, forced_open: Switch[BreakerOpen]
    ) -> None:
        self._circuit = circuitbreaker.CircuitBreaker(
            failure_threshold=failures,
            recovery_timeout=recovery_seconds,
            expected_exception=DatabaseUnavailableError,
        )
        self._forced_open = forced_open
        self._is_probing = False

    @property
    def state(self) -> BreakerState:
        if self._forced_open.is_armed:
            return BreakerState.OPEN
        return _STATES[self._circuit.state]

    @contextmanager
    def calling(self) -> Iterator[None]:
        """Around one call. Raises `BreakerOpenError` instead of making it."""
        is_probe = self._admit()
        self._is_probing |= is_probe
        try:
            yield
        except DatabaseUnavailableError as error:
            self._conclude(error, is_probe=is_probe)
            raise
        else:
            self._conclude(None, is_probe=is_probe)
        finally:
            self._is_probing &= not is_probe

    def _admit(self) -> bool:
        """Whether this call is the one that tries whether the database is back."""
        if self._forced_open.applies():
            raise BreakerOpenError(1)
        state = _STATES[self._circuit.state]
        if state is BreakerState.CLOSED:
            return False
        if state is BreakerState.OPEN or self._is_probing:
            raise BreakerOpenError(max(1, self._circuit.open_remaining))
        return True

    def _conclude(self, error: DatabaseUnavailableError | None, *, is_probe: bool) -> None:
        if is_probe or self._circuit.closed:
            self._circuit.__exit__(type(error) if error else None, error, None)
