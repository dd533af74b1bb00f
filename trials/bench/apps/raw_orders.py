"""Orders the shortest way: a bare handler on a raw asyncpg pool, nothing checked or watched."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.bodies import JsonResponse

_COLUMNS = "id, item, quantity, price_cents, created_at"
_BY_ID = f"SELECT {_COLUMNS} FROM orders WHERE id = $1"  # noqa: S608 - no foreign text
_INSERT = f"""
    INSERT INTO orders (idempotency_key, item, quantity, price_cents) VALUES ($1, $2, $3, $4)
    ON CONFLICT (idempotency_key) DO NOTHING RETURNING {_COLUMNS}
"""  # noqa: S608 - no foreign text


def raw_orders() -> Starlette:
    routes = [
        Route("/api/orders/{id}", _read, methods=["GET"]),
        Route("/api/orders", _create, methods=["POST"]),
    ]
    return Starlette(routes=routes, lifespan=_pool)


@asynccontextmanager
async def _pool(app: Starlette) -> AsyncIterator[None]:
    url = os.environ["BACKEND_DATABASE_URL"]
    async with asyncpg.create_pool(url, min_size=0, max_size=10, reset=_nothing) as pool:
        app.state.pool = pool
        yield


async def _nothing(connection: object) -> None:
    """As ours: the statements leave nothing behind in a session."""


async def _read(request: Request) -> Response:
    async with request.app.state.pool.acquire() as connection:
        row = await connection.fetchrow(_BY_ID, int(request.path_params["id"]))
    return JsonResponse(_present(row))


async def _create(request: Request) -> Response:
    new = orjson.loads(await request.body())
    values = (new["item"], new["quantity"], new["price_cents"])
    async with request.app.state.pool.acquire() as connection:
        row = await connection.fetchrow(_INSERT, request.headers["idempotency-key"], *values)
    return JsonResponse(_present(row), 201)


def _present(row: asyncpg.Record) -> dict[str, object]:
    return {**row, "value_cents": row["quantity"] * row["price_cents"]}
