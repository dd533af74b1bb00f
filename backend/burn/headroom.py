"""How much memory may be taken: under 80 % of what there is, in the machine and in each cgroup.

Memory that the kernel gives back when asked (clean pages of files) does not count as used.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

MOST_RATIO = 0.8
_V1, _V2 = PurePosixPath("sys/fs/cgroup/memory"), PurePosixPath("sys/fs/cgroup")
_NO_LIMIT = 1 << 60
"""The old cgroups write "none" as a number near 2**63."""


class NoAccountError(Exception):
    """The system keeps no account of its memory that could be read."""


@dataclass(frozen=True, slots=True)
class Level:
    """One bound on the memory of this process, in bytes."""

    limit: int
    used: int

    @property
    def headroom(self) -> int:
        return int(self.limit * MOST_RATIO) - self.used


def headroom_bytes(root: Path = Path("/")) -> int:
    """What may be taken more, by the tightest bound. Raises `NoAccountError`."""
    return max(0, min(level.headroom for level in (_machine(root), *_groups(root))))


def _machine(root: Path) -> Level:
    try:
        lines = (root / "proc/meminfo").read_text().splitlines()
        kib = {name: int(rest.split()[0]) for name, _, rest in (x.partition(":") for x in lines)}
        total, available = kib["MemTotal"] * 1024, kib["MemAvailable"] * 1024
    except (OSError, KeyError, ValueError) as error:
        raise NoAccountError(f"/proc/meminfo says nothing of use: {error!r}") from error
    return Level(total, total - available)


def _groups(root: Path) -> Iterator[Level]:
    """Each group from ours to the top: a limit anywhere above binds as well."""
    for version, path in _own_groups(root):
        mount = root / (_V1 if version == 1 else _V2)
        # Inside a container the path may be the host's, and only the mount's root is there.
        for group in (path, *path.parents):
            level = _level(mount / group.relative_to("/"), version)
            if level is not None:
                yield level


def _own_groups(root: Path) -> Iterator[tuple[int, PurePosixPath]]:
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        number, controllers, path = line.split(":", 2)
        if number == "0":
            yield 2, PurePosixPath(path)
        elif "memory" in controllers.split(","):
            yield 1, PurePosixPath(path)


def _level(group: Path, version: int) -> Level | None:
    names = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
    limit, used, idle = names if version == 1 else ("memory.max", "memory.current", "inactive_file")
    try:
        bound = int((group / limit).read_text())
        taken = int((group / used).read_text()) - _stat(group / "memory.stat", idle)
    except (OSError, ValueError):  # no such group, or "max": no limit
        return None
    return Level(bound, max(0, taken)) if bound < _NO_LIMIT else None


def _stat(path: Path, name: str) -> int:
    fields = dict(line.split() for line in path.read_text().splitlines())
    return int(fields.get(name, 0))
