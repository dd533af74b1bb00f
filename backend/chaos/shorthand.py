"""Short forms for people: no lease to renew, but a deadline that the answer states."""

import re
from datetime import UTC, datetime, timedelta
from http import HTTPStatus

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.bodies import JsonResponse
from backend.chaos.control import arm_or_refuse, describe, parameter_problem
from backend.chaos.faults import BreakerOpen, Error, Fault, Latency, ParameterError
from backend.chaos.parsing import parse_lease
from backend.chaos.registry import FaultOrder, FaultRegistry
from backend.problems import ProblemError

DEFAULT_SECONDS = 300
_WHOLE = re.compile(r"[0-9]{1,9}")
_NUMBER = re.compile(r"[0-9]{1,3}(\.[0-9]{1,6})?")


class ShorthandRoutes:
    def __init__(self, faults: FaultRegistry) -> None:
        self._faults = faults

    def routes(self, middleware: list[Middleware]) -> list[Route]:
        return [
            Route("/api/chaos/latency/{ms}", self.latency, methods=["POST"], middleware=middleware),
            Route(
                "/api/chaos/errors/{percent}", self.errors, methods=["POST"], middleware=middleware
            ),
            Route(
                "/api/chaos/circuit-breaker/{state}",
                self.breaker,
                methods=["POST"],
                middleware=middleware,
            ),
        ]

    async def latency(self, request: Request) -> Response:
        text = request.path_params["ms"]
        if not _WHOLE.fullmatch(text):
            raise _bad("ms", "The delay has to be whole milliseconds; 0 disarms.")
        try:
            fault = Latency(int(text)) if int(text) else None
        except ParameterError as error:
            raise parameter_problem(error) from error
        return self._put("manual-latency", fault, 1.0, request)

    async def errors(self, request: Request) -> Response:
        text = request.path_params["percent"]
        if not _NUMBER.fullmatch(text) or float(text) > 100:  # noqa: PLR2004  # percent
            raise _bad("percent", "Errors are given in percent, 0 to 100; 0 disarms.")
        share = float(text) / 100
        return self._put("manual-errors", Error() if share else None, share, request)

    async def breaker(self, request: Request) -> Response:
        state = request.path_params["state"]
        if state not in {"open", "closed"}:
            raise _bad("state", "The circuit breaker can be set to open or closed.")
        fault = BreakerOpen() if state == "open" else None
        return self._put("manual-circuit-breaker", fault, 1.0, request)

    def _put(self, fault_id: str, fault: Fault | None, share: float, request: Request) -> Response:
        """In the place of what the same short form armed before."""
        seconds = _deadline_seconds(request)
        previous = self._faults.disarm(fault_id)
        if fault is None:
            return JsonResponse({"armed": False, "id": fault_id, "removed": previous is not None})
        order = FaultOrder(id=fault_id, fault=fault, share=share, lease_seconds=seconds)
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


def _deadline_seconds(request: Request) -> float:
    text = request.query_params.get("for_seconds", str(DEFAULT_SECONDS))
    try:
        return parse_lease(float(text), "for_seconds")
    except ParameterError as error:
        raise parameter_problem(error) from error
    except ValueError as error:
        raise _bad("for_seconds", "for_seconds has to be a number.") from error


def _bad(field: str, detail: str) -> ProblemError:
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, field=field)
