"""A gate for starts on one machine: all starts of one thing but the first fail at once.

The stack's lock decides who may have it, on every machine. This only spares the others the way to
it, which leads through Prefect's server: fifty commands at once kept each other waiting there for
minutes.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ironclad.adapters.files.atomic import explained, locked_at_once
from ironclad.errors import BusyError


@contextmanager
def passed_alone(gate: Path, what: str, remedy: str = "end that") -> Iterator[None]:
    """Keep `gate` for as long as the block lasts. Raises BusyError when another process does.

    The kernel opens it again when the process dies, whatever of.
    """
    with explained("lock", gate):
        gate.parent.mkdir(parents=True, exist_ok=True)
        descriptor = locked_at_once(gate)
    if descriptor is None:
        raise BusyError(_busy(gate, what, remedy))
    try:
        os.write(descriptor, str(os.getpid()).encode())
        yield
    finally:
        gate.unlink(missing_ok=True)
        os.close(descriptor)
        with suppress(OSError):
            gate.parent.rmdir()


def _busy(gate: Path, what: str, remedy: str = "end that") -> str:
    try:
        process = f" (process {int(gate.read_text(encoding='ascii'))})"
    except (OSError, ValueError):  # just being written, or just gone
        process = ""
    return (
        f"{what} is under way from this machine already{process}; wait until it ends, or {remedy}"
    )
