"""The routes that arm, renew, show and disarm faults on this replica."""

import asyncio
import contextlib
import dataclasses
import time
from collections.abc import Callable
from http import HTTPStatus

import orjson
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Message, Receive, Scope, Send

from backend.bodies import JsonResponse, read_object
from backend.chaos.arming import (
    arm_or_refuse,
    check_server,
    crash_or_refuse,
    refuse_stale,
)
from backend.chaos.crash import Crash
from backend.chaos.faults import ParameterError
from backend.chaos.kinds import possible_kinds
from backend.chaos.leases import Attachments
from backend.chaos.parsing import parse_grace, parse_name, parse_order
from backend.chaos.registry import ArmedFault, FaultOrder, FaultRegistry
from backend.chaos.stressors import memory_headroom
from backend.chaos.unanswered import HOLD, RESET
from backend.problems import ProblemError

GONE_WITHIN_SECONDS = 2.0
_LOOK_SECONDS = 0.005
PULSE_SECONDS = 10.0
"""A held answer gets a byte so often: what stands between ends what is silent for a minute."""


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
            Route(
                "/api/chaos/attachments/{run}", self.attach, methods=["PUT"], middleware=middleware
            ),
            Route("/api/chaos/faults/{id}", self.arm, methods=["PUT"], middleware=middleware),
            Route("/api/chaos/faults/{id}", self.disarm, methods=["DELETE"], middleware=middleware),
        ]

    async def show(self, request: Request) -> Response:
        resets = RESET in (request.scope.get("extensions") or {})
        return JsonResponse(
            {
                **self._about(),
                "attached_runs": self._faults.attachments.runs,
                "enabled": self._faults.enabled,
                "faults": [describe(fault) for fault in self._faults.present()],
                "kinds": possible_kinds(resets=resets),
                "memory_headroom_bytes": memory_headroom(),
                "now": time.time(),
            }
        )

    async def attach(self, request: Request) -> Response:
        """Hold the request for as long as the runner lives; the attached faults end with it."""
        try:
            run = parse_name("run", request.path_params["run"])
            grace_seconds = parse_grace(await read_object(request))
        except ParameterError as error:
            raise parameter_problem(error) from error
        hold = (request.scope.get("extensions") or {}).get(HOLD)
        if hold is None:
            detail = (
                "A request can be held only where the server runs the protocol"
                " backend.chaos.resetting.ResettingProtocol."
            )
            raise ProblemError(HTTPStatus.NOT_IMPLEMENTED, detail)
        hold()
        return HeldResponse(self._faults.attachments, run, grace_seconds)

    async def arm(self, request: Request) -> Response:
        order = _order(request.path_params["id"], await read_object(request))
        refuse_stale(order, time.time())
        if isinstance(order.fault, Crash):
            return crash_or_refuse(self._faults, order, request)
        check_server(order, request)
        is_new = arm_or_refuse(self._faults, order, renew_only="if-match" in request.headers)
        armed = self._faults.find(order.id)
        status = HTTPStatus.CREATED if is_new else HTTPStatus.OK
        return JsonResponse(describe(armed) if armed else {}, status)

    async def disarm(self, request: Request) -> Response:
        fault = self._faults.disarm(request.path_params["id"])
        if fault is None:
            return JsonResponse({"removed": False, "seen": 0, "hit": 0})
        await _gone(fault)
        return JsonResponse({"removed": True, **_tally(fault)})

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


class HeldResponse(Response):
    """Says at once that the run is attached, and ends with the connection alone."""

    media_type = "application/json"

    def __init__(self, attachments: Attachments, run: str, grace_seconds: float) -> None:
        super().__init__(b"")
        del self.headers["content-length"]
        self._attachments, self._run, self._grace_seconds = attachments, run, grace_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        head = {"status": self.status_code, "headers": self.raw_headers}
        with self._attachments.held(self._run, self._grace_seconds):
            await send({"type": "http.response.start", **head})
            await send(_part(orjson.dumps({"attached": self._run}) + b"\n"))
            while not await _is_disconnected(receive):
                await send(_part(b"\n"))


def _part(body: bytes) -> Message:
    return {"type": "http.response.body", "body": body, "more_body": True}


async def _is_disconnected(receive: Receive) -> bool:
    """Who only sends never learns that the other side is gone."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(PULSE_SECONDS):
            while (await receive())["type"] != "http.disconnect":
                pass
            return True
    return False


def describe(fault: ArmedFault) -> dict[str, object]:
    order = fault.order
    return {
        "id": order.id,
        "kind": order.fault.kind,
        "share": order.share,
        "seed": order.seed,
        "run": order.run,
        "expires_in_seconds": round(fault.lease.remaining_seconds, 3),
        **_tally(fault),
        **dataclasses.asdict(order.fault),  # type: ignore[call-overload]
    }


def _tally(fault: ArmedFault) -> dict[str, object]:
    account = fault.account
    stressor = {} if account is None else {"stressor": dataclasses.asdict(account)}
    return {"seen": fault.share.seen, "hit": fault.share.hit, **stressor}


async def _gone(fault: ArmedFault) -> None:
    """Wait for the end of a stressor's process; `GET /api/chaos` lists one that stays."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(GONE_WITHIN_SECONDS):
            while not fault.is_gone:  # noqa: ASYNC110  # a process has no event for its end
                await asyncio.sleep(_LOOK_SECONDS)


def _order(fault_id: str, body: dict[str, object]) -> FaultOrder:
    try:
        return parse_order(fault_id, body)
    except ParameterError as error:
        raise parameter_problem(error) from error


def parameter_problem(error: ParameterError) -> ProblemError:
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, str(error), field=error.field)
