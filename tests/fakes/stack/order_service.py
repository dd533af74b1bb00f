"""The order API as far as a load generator sees it, with everything that it was asked, counted."""

from dataclasses import dataclass, field
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route


@dataclass
class OrderService:
    """Counts what arrives; `status` overrides every answer, `headers` go on every answer."""

    status: int | None = None
    headers: dict[str, str] = field(default_factory=lambda: {"X-Ironclad-Replica": "one"})
    orders: dict[str, dict[str, Any]] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    runs: set[str | None] = field(default_factory=set)

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/api/orders", self._create, methods=["POST"]),
                Route("/api/orders", self._list),
                Route("/api/orders/{id}", self._read),
            ]
        )

    def _answer(self, body: Any, status: int) -> Response:
        return JSONResponse(body, self.status or status, self.headers)

    def _note(self, request: Request) -> None:
        self.seen.append(f"{request.method} {request.url.path}")
        self.runs.add(request.headers.get("X-Ironclad-Run"))

    async def _create(self, request: Request) -> Response:
        self._note(request)
        key = request.headers["Idempotency-Key"]
        order = self.orders.setdefault(key, await request.json() | {"id": str(len(self.orders))})
        return self._answer(order, 201)

    async def _list(self, request: Request) -> Response:
        self._note(request)
        return self._answer({"orders": []}, 200)

    async def _read(self, request: Request) -> Response:
        self._note(request)
        asked = request.path_params["id"]
        found = [order for order in self.orders.values() if order["id"] == asked]
        return self._answer(found[0], 200) if found else self._answer({}, 404)
