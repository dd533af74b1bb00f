"""Which request comes next: seeded, so that two runs of one seed ask for the same."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from ironclad.domain.experiment.expected_answer import is_expected
from ironclad.domain.experiment.experiment import Load
from ironclad.domain.load.load import Attempt, Operation

_IDS_KEPT = 1_000
_ITEMS = ("anvil", "bellows", "chisel", "drill", "gauge", "hammer", "ingot", "rivet")


@dataclass(frozen=True, slots=True)
class Request:
    """What to send, `body` is None for a read; `expected` says of what came whether it was due."""

    operation: Operation
    path: str
    body: dict[str, object] | None = None
    expected: Callable[[Attempt], bool] = field(default=bool, compare=False)


class Requests:
    """Draws requests in hit order; reads ask for orders that this generator has created."""

    def __init__(self, load: Load, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - it must repeat, not surprise
        self._write_share = load.mix.write / (load.mix.write + load.mix.read)
        self._path = load.path
        self._expected = partial(is_expected, load)
        self._ids: deque[str] = deque(maxlen=_IDS_KEPT)

    def created(self, order_id: str) -> None:
        self._ids.append(order_id)

    def draw(self) -> Request:
        """Draw three numbers whatever comes of it, so that the sequence depends on nothing else."""
        kind, which, amount = (self._random.random() for _ in range(3))
        if self._path is not None:
            return self._read(self._path)
        if kind < self._write_share:
            order = _order(which, amount)
            return Request(Operation.WRITE, "/api/orders", order, self._expected)
        return self._read(self._read_path(which))

    def _read(self, path: str) -> Request:
        return Request(Operation.READ, path, expected=self._expected)

    def _read_path(self, which: float) -> str:
        if not self._ids:
            return "/api/orders?limit=10"
        return f"/api/orders/{self._ids[int(which * len(self._ids))]}"


def _order(which: float, amount: float) -> dict[str, object]:
    return {
        "item": _ITEMS[int(which * len(_ITEMS))],
        "quantity": 1 + int(amount * 9),
        "price_cents": 100 + int(amount * 9_900),
    }
