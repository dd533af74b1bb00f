"""One write in 500 is acknowledged and not kept, as by a commit without a wait for it."""

import itertools

from backend.orders import NewOrder
from backend.store import OrderStore, Placed
from trials.mutants._plant import serve_with

EVERY = 500
_numbers = itertools.count(1)
_place = OrderStore.place


async def _placed(store: OrderStore, key: str, new: NewOrder, run: str | None) -> Placed:
    placed = await _place(store, key, new, run)
    if next(_numbers) % EVERY == 0:
        forget = "DELETE FROM orders WHERE id = $1"
        await store.database.call(lambda connection: connection.execute(forget, placed.order.id))
    return placed


if __name__ == "__main__":
    serve_with(OrderStore, "place", _placed)
