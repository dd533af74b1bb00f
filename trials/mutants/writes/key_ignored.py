"""A write that comes again with its key makes a second order, as where the key is not looked up."""

import itertools

from backend.orders import NewOrder
from backend.store import OrderStore, Placed
from trials.mutants._plant import serve_with

_numbers = itertools.count(1)
_place = OrderStore.place


async def _placed(store: OrderStore, key: str, new: NewOrder, run: str | None) -> Placed:
    """The schema forbids a key twice, and outlives this: the second order has another one."""
    placed = await _place(store, key, new, run)
    return placed if placed.is_new else await _place(store, f"{key}#{next(_numbers)}", new, run)


if __name__ == "__main__":
    serve_with(OrderStore, "place", _placed)
