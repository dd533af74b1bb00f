"""A read that takes its time is answered with 200 and nothing, as where a timeout is swallowed."""

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from backend.order_routes import OrderRoutes
from trials.mutants._plant import serve_with

PATIENCE_SECONDS = 0.15
_read = OrderRoutes.read


async def _impatient(routes: OrderRoutes, request: Request) -> Response:
    try:
        return await asyncio.wait_for(_read(routes, request), PATIENCE_SECONDS)
    except TimeoutError:
        return Response()


if __name__ == "__main__":
    serve_with(OrderRoutes, "read", _impatient)
