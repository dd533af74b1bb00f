"""The orders of one game day's load: to check that none was lost, and to clean up after it."""

from dataclasses import dataclass
from http import HTTPStatus

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.bodies import JsonResponse
from backend.chaos.faults import ParameterError
from backend.chaos.parsing import parse_name
from backend.paging import next_after, parse_page
from backend.problems import ProblemError
from backend.store import OrderStore

HIGHEST_LIMIT = 5_000


@dataclass(frozen=True, slots=True)
class RunRoutes:
    store: OrderStore

    def routes(self, middleware: list[Middleware]) -> list[Route]:
        path = "/api/chaos/runs/{run}/orders"
        return [
            Route(path, self.list, methods=["GET"], middleware=middleware),
            Route(path, self.delete, methods=["DELETE"], middleware=middleware),
        ]

    async def list(self, request: Request) -> Response:
        run = _run(request)
        page = parse_page(request.query_params, highest_limit=HIGHEST_LIMIT)
        orders = await self.store.page_of_run(run, page)
        return JsonResponse(
            {
                "orders": [{"id": id_, "idempotency_key": key} for id_, key in orders],
                "next": next_after(page, [id_ for id_, _ in orders]),
                "total": await self.store.count_of_run(run),
            }
        )

    async def delete(self, request: Request) -> Response:
        return JsonResponse({"deleted": await self.store.delete_run(_run(request))})


def _run(request: Request) -> str:
    try:
        return parse_name("run", request.path_params["run"])
    except ParameterError as error:
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), field="run") from error
