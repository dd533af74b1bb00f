"""A circuit breaker that has opened once stays open: its trial call is never made."""

from collections.abc import Iterator
from contextlib import contextmanager

from backend.breaker import Breaker, BreakerOpenError
from trials.mutants._plant import serve_with

_calling = Breaker.calling
_opened: set[int] = set()


@contextmanager
def _latched(breaker: Breaker) -> Iterator[None]:
    if id(breaker) in _opened:
        raise BreakerOpenError(1)
    try:
        with _calling(breaker):
            yield
    except BreakerOpenError:
        _opened.add(id(breaker))
        raise


if __name__ == "__main__":
    serve_with(Breaker, "calling", _latched)
