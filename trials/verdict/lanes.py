"""Works on several stacks side by side: each lane has one of its own and takes the next work."""

from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from trials.verdict.progress import Deadline, say
from trials.verdict.stand import Stand, stand

Work = TypeVar("Work")
Found = TypeVar("Found")

LANES = 2


def on_lanes(
    works: Sequence[Work], do: Callable[[Stand, Work], Found], deadline: Deadline
) -> list[tuple[Work, Found]]:
    """Give what was found in the order of the works; they begin in that order, too."""
    left, found = deque(enumerate(works)), dict[int, Found]()

    def lane() -> None:
        with stand(deadline) as own:
            while taken := _taken(left):
                number, work = taken
                found[number] = do(own, work)

    lanes = min(LANES, len(works))
    say(f"{lanes} stacks come up for {len(works)} works")
    with ThreadPoolExecutor(lanes) as pool:
        try:
            for ended in [pool.submit(lane) for _ in range(lanes)]:
                ended.result()
        finally:
            left.clear()
    return [(works[number], found[number]) for number in sorted(found)]


def _taken(left: deque[tuple[int, Work]]) -> tuple[int, Work] | None:
    try:
        return left.popleft()
    except IndexError:
        return None
