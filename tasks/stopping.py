"""Being told to stop from outside."""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.exceptions import TerminationSignal


@contextmanager
def stopped_like_ctrl_c() -> Iterator[None]:
    """Have a SIGTERM, which Prefect raises as an exception of its own, end the body as Ctrl-C."""
    try:
        yield
    except TerminationSignal as signal:
        raise KeyboardInterrupt from signal
