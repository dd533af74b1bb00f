"""The routes that arm, renew, show and disarm faults on this replica."""

import dataclasses
import time
from collections.abc import Callable
from http import HTTPStatus

from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from backend.bodies import JsonResponse, read_object
from backend.chaos.faults import ParameterError
from backend.chaos.parsing import parse_order
from backend.chaos.registry import (
    ArmedFault,
    DisabledError,
    FaultOrder,
    FaultRegistry,
    NotArmedError,
    OtherFaultError,
)
from backend.problems import ProblemError


class ControlRoutes:
    def __init__(self, faults: FaultRegistry, about: Callable[[], dict[str, object]]) -> None:
        """`about` adds to the status what the service itself knows."""
        self._faults = faults
        self._about = about

    def routes(self, middleware: list[Middleware]) -> list[Route]:
        return [
            Route("/api/chaos", self.show, methods=["GET"], middleware=middleware),
            Route("/api/chaos", self.disarm_all, methods=["DELETE"], middleware=middleware),
            Route("/api/chaos/enable", self.enable, methods=["POST"], middleware=middleware),
            Route("/api/chaos/disable", self.disable, methods=["POST"], middleware=middleware),
            Route("/api/chaos/faults/{id}", self.arm, methods=["PUT"], middleware=middleware),
            Route("/api/chaos/faults/{id}", self.disarm, methods=["DELETE"], middleware=middleware),
        ]

    async def show(self, request: Request) -> Response:
        del request
        return JsonResponse(
            {
                **self._about(),
                "enabled": self._faults.enabled,
                "faults": [describe(fault) for fault in self._faults.armed()],
                "now": time.time(),
            }
        )

    async def arm(self, request: Request) -> Response:
        order = _order(request.path_params["id"], await read_object(request))
        is_new = arm_or_refuse(self._faults, order, renew_only="if-match" in request.headers)
        armed = self._faults.find(order.id)
        status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
        return JsonResponse(describe(armed) if armed else {}, status)

    async def disarm(self, request: Request) -> Response:
        fault = self._faults.disarm(request.path_params["id"])
        seen, hit = (fault.share.seen, fault.share.hit) if fault else (0, 0)
        return JsonResponse({"removed": fault is not None, "seen": seen, "hit": hit})

    async def disarm_all(self, request: Request) -> Response:
        del request
        return JsonResponse({"removed": self._faults.disarm_all()})

    async def enable(self, request: Request) -> Response:
        del request
        self._faults.enable()
        return JsonResponse({"enabled": True})

    async def disable(self, request: Request) -> Response:
        del request
        return JsonResponse({"enabled": False, "removed": self._faults.disable()})


def describe(fault: ArmedFault) -> dict[str, object]:
    order = fault.order
    return {
        "id": order.id,
        "kind": order.fault.kind,
        "share": order.share,
        "seed": order.seed,
        "run": order.run,
        "expires_in_seconds": round(fault.lease.remaining_seconds, 3),
        "seen": fault.share.seen,
        "hit": fault.share.hit,
        **dataclasses.asdict(order.fault),  # type: ignore[call-overload]
    }


def arm_or_refuse(faults: FaultRegistry, order: FaultOrder, *, renew_only: bool = False) -> bool:
    """Raises `ProblemError` (409 or 412)."""
    try:
        return faults.arm(order, renew_only=renew_only)
    except NotArmedError as error:
        detail = f"The fault {order.id} is not armed any more, so it cannot be renewed."
        raise ProblemError(HTTPStatus.PRECONDITION_FAILED, detail) from error
    except DisabledError as error:
        detail = "Faults are disabled here; POST /api/chaos/enable allows them again."
        raise ProblemError(HTTPStatus.CONFLICT, detail) from error
    except OtherFaultError as error:
        detail = f"The fault {order.id} is armed with other parameters; disarm it first."
        raise ProblemError(HTTPStatus.CONFLICT, detail) from error


def _order(fault_id: str, body: dict[str, object]) -> FaultOrder:
    try:
        return parse_order(fault_id, body)
    except ParameterError as error:
        raise parameter_problem(error) from error


def parameter_problem(error: ParameterError) -> ProblemError:
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), field=error.field)
