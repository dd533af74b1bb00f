"""What clients do with orders."""

from dataclasses import dataclass
from http import HTTPStatus

from prometheus_client import CollectorRegistry, Counter
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.bodies import JsonResponse, read_object
from backend.orders import (
    Order,
    no_such_order,
    parse_id,
    parse_idempotency_key,
    parse_new_order,
    parse_run,
)
from backend.paging import next_after, parse_page
from backend.problems import ProblemError
from backend.store import OrderStore, Placed

HIGHEST_LIMIT = 500


class OrderMetrics:
    def __init__(self, registry: CollectorRegistry) -> None:
        self.created = Counter("orders_created", "New orders.", registry=registry)
        self.repeated = Counter(
            "orders_repeated", "Orders that a client sent again.", registry=registry
        )
        self.value_cents = Counter("order_value_cents", "Of new orders.", registry=registry)

    def count(self, placed: Placed) -> None:
        if placed.is_new:
            self.created.inc()
            self.value_cents.inc(placed.order.value_cents)
        else:
            self.repeated.inc()


@dataclass(frozen=True, slots=True)
class OrderRoutes:
    store: OrderStore
    metrics: OrderMetrics

    def routes(self, middleware: list[Middleware]) -> list[Route]:
        return [
            Route("/api/orders/{id}", self.read, methods=["GET"], middleware=middleware),
            Route("/api/orders", self.create, methods=["POST"], middleware=middleware),
            Route("/api/orders", self.list, methods=["GET"], middleware=middleware),
        ]

    async def create(self, request: Request) -> Response:
        key = parse_idempotency_key(request.headers)
        run = parse_run(request.headers)
        new = parse_new_order(await read_object(request))
        placed = await self.store.place(key, new, run)
        if not placed.order.is_for(new):
            raise ProblemError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "This Idempotency-Key was used for another order.",
            )
        self.metrics.count(placed)
        return _created(placed)

    async def read(self, request: Request) -> Response:
        order = await self.store.find(parse_id(request.path_params["id"]))
        if order is None:
            raise no_such_order()
        return JsonResponse(present(order))

    async def list(self, request: Request) -> Response:
        page = parse_page(request.query_params, highest_limit=HIGHEST_LIMIT)
        orders = await self.store.page(page)
        after = next_after(page, [order.id for order in orders])
        return JsonResponse({"orders": [present(order) for order in orders], "next": after})


def present(order: Order) -> dict[str, object]:
    return {
        "id": order.id,
        "item": order.item,
        "quantity": order.quantity,
        "price_cents": order.price_cents,
        "value_cents": order.value_cents,
        "created_at": order.created_at,
    }


def _created(placed: Placed) -> Response:
    headers = {"Location": f"/api/orders/{placed.order.id}"}
    if not placed.is_new:
        headers["Idempotent-Replayed"] = "true"
    return JsonResponse(present(placed.order), HTTPStatus.CREATED, headers)
