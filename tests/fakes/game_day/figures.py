"""What Prometheus scraped of each replica beside its requests, and how a fault may leave it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ironclad.domain.evidence.counters import Sample, Series
from ironclad.domain.judging.as_before.figures import CPU, FILES, MEMORY, POOL, REQUESTS
from ironclad.domain.judging.watched import EVALUATED, INTERVALS, UP

CPU_SECONDS = 0.0012
MEMORY_BYTES = 50.0 * 2**20
OPEN_FILES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftBehind:
    """What is worse for ever on the first replica, from the undo on."""

    slower_seconds: float = 0.0
    cpu_seconds: float = 0.0
    """More of each request."""
    bytes_a_request: float = 0.0
    open_files: int = 0
    held_connections: int = 0


NOTHING = LeftBehind()


@dataclass(frozen=True, slots=True, kw_only=True)
class Replica:
    """`served` gives how many requests it had answered at a time, in seconds of the run."""

    name: str
    times: tuple[float, ...]
    served: Callable[[float], int]
    left: LeftBehind
    undone: float

    def _since(self, at: float) -> int:
        return max(0, self.served(at) - self.served(self.undone)) if at > self.undone else 0

    def values(self, selector: str) -> Iterator[float]:
        for number, at in enumerate(self.times):
            is_after, since = at > self.undone, self._since(at)
            yield {
                CPU: self.served(at) * CPU_SECONDS + since * self.left.cpu_seconds,
                REQUESTS: float(self.served(at)),
                MEMORY: MEMORY_BYTES + number * 10_000 + since * self.left.bytes_a_request,
                FILES: OPEN_FILES + number % 2 + is_after * self.left.open_files,
                POOL: (number % 5 == 0) + is_after * self.left.held_connections,
            }[selector]


def series(replica: Replica, selector: str, epoch: Callable[[float], float]) -> Series:
    pairs = zip(replica.times, replica.values(selector), strict=True)
    return Series(
        labels=(("pod", replica.name),),
        samples=tuple(Sample(epoch(at), float(value)) for at, value in pairs),
    )


def watching(
    times: tuple[float, ...], epoch: Callable[[float], float]
) -> dict[str, tuple[Series, ...]]:
    """What Prometheus says of itself and its neighbours: all are up all the time."""
    group = (("rule_group", "ironclad_alerts"),)
    evaluated = tuple(Sample(epoch(at), epoch(at) - 0.4) for at in times)
    every = tuple(Sample(epoch(at), 1.0) for at in times)
    return {
        EVALUATED: (Series(group, evaluated),),
        INTERVALS: (Series(group, every),),
        UP: tuple(Series((("job", name),), every) for name in ("ironclad-alertmanager", "janitor")),
    }
