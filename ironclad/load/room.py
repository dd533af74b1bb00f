"""How many requests may be in flight at once."""

import math
import resource

_SPARE_FILES = 64


def room_in_flight(peak_rate: float, timeout_seconds: float, open_files: int) -> int:
    """Give half as much again as timeouts leave in flight, within what the system lets us open.

    A slow service alone never fills it: that takes a generator which fell behind.
    """
    needed = math.ceil(1.5 * peak_rate * timeout_seconds) + _SPARE_FILES
    return max(1, min(needed, open_files - _SPARE_FILES))


def raise_open_files() -> int:
    """Take all the open files that this process may have without asking; gives how many."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 65_536 if most == resource.RLIM_INFINITY else most
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    return most
