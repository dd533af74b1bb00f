"""Which request comes next: seeded, so that two runs of one seed ask for the same."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from random import Random

from ironclad.domain.experiment.expected_answer import (
    Expected,
    Order,
    acknowledged,
    any_answer,
    created,
    is_expected,
    list_of_orders,
)
from ironclad.domain.experiment.experiment import Load
from ironclad.domain.load.load import Attempt, Operation

REPEATED_SHARE = 0.05
"""Of the writes so many repeat an earlier one with its key, as a client does that got no answer.

A thousand writes then show a service that forgets its keys some fifty times.
"""

_ORDERS_KEPT = 1_000
_ANY = frozenset({200, 201})
_ITEMS = ("anvil", "bellows", "chisel", "drill", "gauge", "hammer", "ingot", "rivet")


@dataclass(frozen=True, slots=True)
class Request:
    """What to send, `body` is None for a read; `key` is set where it repeats an earlier write.

    `expected` is what its answer has to hold; `met` says of what came whether it was due.
    """

    operation: Operation
    path: str
    body: Order | None = None
    key: str = ""
    expected: Expected = field(default_factory=lambda: Expected(_ANY), compare=False)
    met: Callable[[Attempt], bool] = field(default=bool, compare=False)


@dataclass(frozen=True, slots=True)
class _Kept:
    """An order that the service has acknowledged, and what a read of it has to give."""

    id: str
    sent: Order
    key: str
    expected: Expected


class Requests:
    """Draws requests in hit order; reads ask for orders that this generator has created."""

    def __init__(self, load: Load, seed: int) -> None:
        self._random = Random(seed)  # noqa: S311 - it must repeat, not surprise
        self._write_share = load.mix.write / (load.mix.write + load.mix.read)
        self._load = load
        self._met = partial(is_expected, load)
        self._orders: deque[_Kept] = deque(maxlen=_ORDERS_KEPT)

    def answered(self, request: Request, attempt: Attempt) -> None:
        """Keep an order that is new; one that was sent again is kept already."""
        if attempt.order_id and request.body is not None and not request.key:
            its_id, sent = attempt.order_id, request.body
            expected = acknowledged(self._load, sent, its_id, request.expected.right)
            self._orders.append(_Kept(its_id, sent, attempt.idempotency_key, expected))

    def draw(self) -> Request:
        """Draw four numbers whatever comes of it, so that the sequence depends on nothing else."""
        kind, which, amount, again = (self._random.random() for _ in range(4))
        if self._load.path is not None:
            return self._read(self._load.path, any_answer(self._load))
        if kind < self._write_share:
            return self._repeat(which) if again < REPEATED_SHARE else self._write(which, amount)
        return self._read_order(which)

    def _write(self, which: float, amount: float) -> Request:
        return self._sent(_order(which, amount))

    def _repeat(self, which: float) -> Request:
        kept = self._kept(which)
        return self._write(which, which) if kept is None else self._sent(kept.sent, kept.key)

    def _sent(self, order: Order, key: str = "") -> Request:
        expected = created(self._load, order)
        return Request(Operation.WRITE, "/api/orders", order, key, expected, self._met)

    def _read_order(self, which: float) -> Request:
        kept = self._kept(which)
        if kept is None:
            return self._read("/api/orders?limit=10", list_of_orders(self._load))
        return self._read(f"/api/orders/{kept.id}", kept.expected)

    def _read(self, path: str, expected: Expected) -> Request:
        return Request(Operation.READ, path, expected=expected, met=self._met)

    def _kept(self, which: float) -> _Kept | None:
        return self._orders[int(which * len(self._orders))] if self._orders else None


def _order(which: float, amount: float) -> Order:
    return {
        "item": _ITEMS[int(which * len(_ITEMS))],
        "quantity": 1 + int(amount * 9),
        "price_cents": 100 + int(amount * 9_900),
    }
