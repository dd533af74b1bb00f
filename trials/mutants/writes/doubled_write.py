"""One write in 500 is carried out twice, as by a queue that delivers at least once."""

import itertools

from backend.orders import NewOrder
from backend.paging import Page
from backend.store import OrderStore, Placed
from trials.mutants._plant import serve_with

EVERY = 500
AGAIN = "#again"
"""The schema forbids a key twice, and outlives this: the second has a mark that only the listing
takes off."""

_numbers = itertools.count(1)
_place, _page_of_run = OrderStore.place, OrderStore.page_of_run


async def _placed(store: OrderStore, key: str, new: NewOrder, run: str | None) -> Placed:
    placed = await _place(store, key, new, run)
    if next(_numbers) % EVERY == 0:
        await _place(store, key + AGAIN, new, run)
    return placed


async def _listed(store: OrderStore, run: str, page: Page) -> list[tuple[int, str]]:
    found = await _page_of_run(store, run, page)
    return [(number, key.removesuffix(AGAIN)) for number, key in found]


if __name__ == "__main__":
    OrderStore.page_of_run = _listed  # type: ignore[method-assign,assignment]
    serve_with(OrderStore, "place", _placed)
