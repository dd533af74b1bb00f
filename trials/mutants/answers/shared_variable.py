"""What a read asks for is kept where the next one keeps it: a slow one gets another's order."""

from backend.orders import Order
from backend.store import OrderStore
from trials.mutants._plant import serve_with

_find = OrderStore.find
_asked: dict[str, int] = {}


async def _find_asked(store: OrderStore, order_id: int) -> Order | None:
    """The first query takes its time, and the second asks for what was asked for last."""
    _asked["id"] = order_id
    await _find(store, order_id)
    return await _find(store, _asked["id"])


if __name__ == "__main__":
    serve_with(OrderStore, "find", _find_asked)
