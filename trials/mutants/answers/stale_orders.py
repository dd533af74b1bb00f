"""While the database is away a cache answers, and its key is too short for the orders there are."""

from backend.breaker import BreakerOpenError
from backend.database import DatabaseUnavailableError
from backend.orders import Order
from backend.store import OrderStore
from trials.mutants._plant import serve_with

SLOTS = 16
_find = OrderStore.find
_cache: dict[int, Order] = {}


async def _cached(store: OrderStore, order_id: int) -> Order | None:
    try:
        order = await _find(store, order_id)
    except (DatabaseUnavailableError, BreakerOpenError):
        if (stale := _cache.get(order_id % SLOTS)) is not None:
            return stale
        raise
    if order is not None:
        _cache[order_id % SLOTS] = order
    return order


if __name__ == "__main__":
    serve_with(OrderStore, "find", _cached)
