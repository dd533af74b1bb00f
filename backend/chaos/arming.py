"""Arming on somebody's behalf: what the registry or the server cannot do becomes a problem."""

import logging
from http import HTTPStatus

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response

from backend.bodies import JsonResponse
from backend.chaos.crash import crash
from backend.chaos.faults import CannotError
from backend.chaos.registry import (
    DisabledError,
    FaultOrder,
    FaultRegistry,
    NotArmedError,
    NotAttachedError,
    OtherFaultError,
)
from backend.chaos.unanswered import ConnectionReset, extension
from backend.problems import ProblemError

logger = logging.getLogger(__name__)


def arm_or_refuse(faults: FaultRegistry, order: FaultOrder, *, renew_only: bool = False) -> bool:
    """Raises `ProblemError` (409 or 412)."""
    try:
        return faults.arm(order, renew_only=renew_only)
    except NotArmedError as error:
        detail = f"The fault {order.id} is not armed any more, so it cannot be renewed."
        raise ProblemError(HTTPStatus.PRECONDITION_FAILED, detail) from error
    except DisabledError as error:
        raise _disabled() from error
    except NotAttachedError as error:
        detail = f"The run {order.run} is not attached here, so the fault {order.id} is not armed."
        raise ProblemError(HTTPStatus.PRECONDITION_FAILED, detail) from error
    except OtherFaultError as error:
        detail = f"The fault {order.id} is armed with other parameters; disarm it first."
        raise ProblemError(HTTPStatus.CONFLICT, detail) from error
    except CannotError as error:
        raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error


def crash_or_refuse(faults: FaultRegistry, order: FaultOrder, request: Request) -> Response:
    """Answer first; a renewal cannot crash what another process armed."""
    if "if-match" in request.headers:
        detail = f"{order.id} is an instant, so it cannot be renewed."
        raise ProblemError(HTTPStatus.PRECONDITION_FAILED, detail)
    if not faults.enabled:
        raise _disabled()
    logger.warning("Fault %s: the process ends now.", order.id)
    return JsonResponse(
        {"id": order.id, "kind": order.fault.kind},
        HTTPStatus.ACCEPTED,
        background=BackgroundTask(crash),
    )


def refuse_stale(order: FaultOrder, now: float) -> None:
    """Raises `ProblemError` (409) for what waited here while this process stood still."""
    if now <= order.not_after:
        return
    late = f"{now - order.not_after:,.1f} s"
    detail = f"The order {order.id} came {late} after its deadline (or the clocks differ)."
    raise ProblemError(HTTPStatus.CONFLICT, detail)


def check_server(order: FaultOrder, request: Request) -> None:
    """Raises `ProblemError` (409) where this server cannot do it."""
    try:
        if isinstance(order.fault, ConnectionReset):
            extension(request.scope)
    except CannotError as error:
        raise ProblemError(HTTPStatus.CONFLICT, str(error)) from error


def _disabled() -> ProblemError:
    detail = "Faults are disabled here; POST /api/chaos/enable allows them again."
    return ProblemError(HTTPStatus.CONFLICT, detail)
