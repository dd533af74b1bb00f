"""Free ports, the same ones for the same seed while they stay free."""

import zlib
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from ironclad.adapters.programs.processes import is_free
from ironclad.errors import StateError

_LOWEST = 20000
_ENOUGH = 1000
_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_port(seed: str) -> int:
    return first(port for port in candidates(seed) if is_free(port))


def first(free: Iterator[int]) -> int:
    """Raises StateError when there is none left."""
    port = next(free, None)
    if port is None:
        raise StateError("every port from which one could be chosen is taken; name the ports")
    return port


def candidates(seed: str) -> Iterator[int]:
    """Neighbouring ports from a start of the seed's own.

    None is from the range of outgoing connections. Under load one of those takes the port of a
    replica that is being restarted.
    """
    ports = _range()
    start = zlib.crc32(seed.encode()) % len(ports)
    return chain(ports[start:], ports[:start])


def _range() -> range:
    try:
        low, high = (int(word) for word in _EPHEMERAL.read_text().split())
    except (OSError, ValueError):
        low, high = 32768, 60999
    return range(_LOWEST, low) if low - _LOWEST >= _ENOUGH else range(high + 1, 65536)
