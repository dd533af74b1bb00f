"""A better turn at the cores, where that is allowed: as root, or with CAP_SYS_NICE."""

import os
from contextlib import suppress

GENERATOR = -10
"""What waits for a core is late by it, and looks like the service's latency."""

GUARD = -5
"""Runner and janitor renew leases and take faults back; they need little, and they need it soon."""


def take_turns_first(niceness: int) -> None:
    """Of this thread and of those that it starts from now on."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, niceness)
