"""Which answer a request expects: what is good for an objective (a 404 is) may be no answer at all.

A service that answers 404, 401 or a redirect to everything spends no budget. Nothing that is
measured on it says anything, so a baseline needs the answers that its requests expect.
"""

from collections import Counter
from collections.abc import Iterable, Mapping

from ironclad.domain.experiment.experiment import Load
from ironclad.domain.load.load import Attempt, Operation
from ironclad.domain.text.wording import count

_OF_AN_ORDER = {Operation.WRITE: frozenset({201}), Operation.READ: frozenset({200})}
"""The load never repeats a write, so that 200 (an order that was there) is not due to any."""
_SUCCESS = frozenset(range(200, 300))


def statuses(load: Load, operation: Operation) -> frozenset[int]:
    """201 to a write and 200 to a read of orders; of a path of one's own any success."""
    return _SUCCESS if load.path is not None else _OF_AN_ORDER[operation]


def is_expected(load: Load, attempt: Attempt) -> bool:
    return attempt.status in statuses(load, attempt.operation)


def expectation(load: Load) -> str:
    """Write what is expected."""
    return "2xx" if load.path is not None else "201 to a write, 200 to a read"


def answer(attempt: Attempt) -> str:
    """Name an answer by its status, and none by what came instead, such as `timeout`."""
    return attempt.error or "none" if attempt.status is None else str(attempt.status)


def answers(attempts: Iterable[Attempt]) -> dict[str, int]:
    """Count by answer, the most frequent first."""
    return dict(Counter(map(answer, attempts)).most_common())


def mix(counted: Mapping[str, int]) -> str:
    """Write `1,200 × 404, 300 × 201`."""
    ordered = sorted(counted.items(), key=lambda each: (-each[1], each[0]))
    return ", ".join(f"{count(number)} × {name}" for name, number in ordered) or "no answer"
