"""Short forms for people: no lease to renew, but a deadline that the answer states."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.bodies import JsonResponse
from backend.chaos.arming import arm_or_refuse, check_server, crash_or_refuse
from backend.chaos.control import describe, parameter_problem
from backend.chaos.crash import Crash
from backend.chaos.faults import ParameterError
from backend.chaos.parsing import parse_lease
from backend.chaos.registry import FaultOrder, FaultRegistry
from backend.chaos.shortforms import FORMS, FaultAndShare, read_short_form
from backend.problems import ProblemError

DEFAULT_SECONDS = 300


class ShorthandRoutes:
    def __init__(self, faults: FaultRegistry) -> None:
        self._faults = faults

    def routes(self, middleware: list[Middleware]) -> list[Route]:
        return [
            Route("/api/chaos/crash", self.crash, methods=["POST"], middleware=middleware),
            *(self._route(form, middleware) for form in FORMS),
        ]

    def _route(self, form: str, middleware: list[Middleware]) -> Route:
        endpoint: Callable[[Request], Awaitable[Response]] = partial(self.put, form)
        path = f"/api/chaos/{form}/{{value}}"
        return Route(path, endpoint, methods=["POST"], middleware=middleware)

    async def crash(self, request: Request) -> Response:
        order = FaultOrder(id="manual-crash", fault=Crash(), lease_seconds=DEFAULT_SECONDS)
        return crash_or_refuse(self._faults, order, request)

    async def put(self, form: str, request: Request) -> Response:
        """In the place of what the same short form armed before."""
        fault, share = _meaning(form, request)
        fault_id, seconds = f"manual-{form}", _deadline_seconds(request)
        if fault is None:
            previous = self._faults.disarm(fault_id)
            return JsonResponse({"armed": False, "id": fault_id, "removed": previous is not None})
        order = FaultOrder(id=fault_id, fault=fault, share=share, lease_seconds=seconds)
        check_server(order, request)
        self._faults.disarm(fault_id)
        arm_or_refuse(self._faults, order)
        deadline = datetime.now(UTC) + timedelta(seconds=seconds)
        armed = self._faults.find(fault_id)
        return JsonResponse(
            {
                "armed": True,
                "deadline": deadline.isoformat(timespec="seconds"),
                **(describe(armed) if armed else {}),
            }
        )


def _meaning(form: str, request: Request) -> FaultAndShare:
    try:
        return read_short_form(form, request.path_params["value"])
    except ParameterError as error:
        raise parameter_problem(error) from error


def _deadline_seconds(request: Request) -> float:
    text = request.query_params.get("for_seconds", str(DEFAULT_SECONDS))
    try:
        return parse_lease(float(text), "for_seconds")
    except ParameterError as error:
        raise parameter_problem(error) from error
    except ValueError as error:
        detail = "for_seconds has to be a number."
        raise ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field="for_seconds") from error
