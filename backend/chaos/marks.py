"""Which faults touched the request at hand.

Code deep inside a request (a circuit breaker, a store) asks a `Switch` whether a fault applies. The
switch leaves a mark, which the middleware puts into the response header.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = b"x-ironclad-fault"

Marks = dict[str, None]
"""Fault ids that applied, in order, each once."""

_marks: ContextVar[Marks | None] = ContextVar("marks", default=None)


@contextmanager
def marking() -> Iterator[Marks]:
    marks: Marks = {}
    token = _marks.set(marks)
    try:
        yield marks
    finally:
        _marks.reset(token)


def current_marks() -> Marks | None:
    """None where no fault may apply: outside of requests, and in control routes."""
    return _marks.get()


def header(marks: Marks) -> tuple[bytes, bytes]:
    return HEADER, ",".join(marks).encode("ascii")
