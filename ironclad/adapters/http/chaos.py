"""Faults on one replica at a time, through its control routes."""

import time
from datetime import timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from ironclad.adapters.http.attachment import HeldAttachment
from ironclad.adapters.http.calls import MALFORMED, Call, Reply, send
from ironclad.adapters.http.control import ControlRoutes
from ironclad.adapters.http.transport import ReplicaAccess
from ironclad.domain.experiment.experiment import Fault
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.faults.fault import ArmedFault, ChaosStatus, Stressor, Tally
from ironclad.domain.stack.stack import Replica
from ironclad.domain.stack.undo import GRACE_HERE
from ironclad.errors import IroncladError, UnreachableError

_SECOND = timedelta(seconds=1)
_MILLISECOND = timedelta(milliseconds=1)


class ChaosHttp:
    def __init__(self, access: ReplicaAccess, grace: timedelta = GRACE_HERE) -> None:
        self._access = access
        self._control = ControlRoutes(access)
        self._grace = grace

    async def attach(self, replica: Replica, run: str) -> HeldAttachment | None:
        path, body = (
            f"/api/chaos/attachments/{quote(run)}",
            {"grace_seconds": self._grace / _SECOND},
        )
        return await HeldAttachment.open(
            replica.name, lambda: self._control.held(replica, path, body)
        )

    async def arm(
        self,
        replica: Replica,
        fault: Fault,
        *,
        run: str,
        lease: timedelta,
        attached: timedelta | None = None,
    ) -> None:
        order = _order(fault, run, lease, attached)
        await self._control.call(replica, "PUT", _path(fault.id), body=order)

    async def renew(
        self,
        replica: Replica,
        fault: Fault,
        *,
        run: str,
        lease: timedelta,
        attached: timedelta | None = None,
    ) -> Tally:
        order = _order(fault, run, lease, attached)
        headers = {"If-Match": "*"}
        path = _path(fault.id)
        reply = await self._control.call(replica, "PUT", path, body=order, headers=headers)
        return _tally(reply, removed=True)

    async def disarm(self, replica: Replica, fault_id: str) -> Tally:
        reply = await self._control.call(replica, "DELETE", _path(fault_id))
        return _tally(reply, removed=reply.object().get("removed") is True)

    async def disarm_all(self, replica: Replica) -> tuple[str, ...]:
        reply = await self._control.call(replica, "DELETE", "/api/chaos")
        removed = reply.object().get("removed")
        if not isinstance(removed, list):
            raise reply.unexpected("lacks the list of what was removed")
        return tuple(map(str, removed))

    async def status(self, replica: Replica) -> ChaosStatus:
        asked_at = time.time()
        try:
            reply = await self._control.call(replica, "GET", "/api/chaos")
            return _status(replica, reply, (asked_at + time.time()) / 2)
        except IroncladError as error:
            return ChaosStatus(replica=replica.name, reachable=False, problem=str(error))

    async def is_ready(self, replica: Replica) -> bool:
        """Say no for a replica that does not answer, too."""
        url = replica.url.rstrip("/") + "/readyz"
        try:
            transport = await self._access.transport()
            reply = await send(
                Call(who=f"replica {replica.name}", method="GET", url=url, transport=transport)
            )
        except UnreachableError:
            return False
        return reply.status == HTTPStatus.OK

    async def shortcut(self, replica: Replica, path: str, *, lasts: timedelta | None) -> str:
        query = "" if lasts is None else f"?for_seconds={lasts / _SECOND:g}"
        reply = await self._control.call(replica, "POST", f"/api/chaos/{quote(path)}{query}")
        return _said(reply)


def _path(fault_id: str) -> str:
    return f"/api/chaos/faults/{quote(fault_id, safe='')}"


def _order(fault: Fault, run: str, lease: timedelta, attached: timedelta | None) -> dict[str, Any]:
    """Leave out what the fault does not set: an unknown parameter is refused.

    A replica that stands still may read it long after its sender gave up, and then must not arm.
    """
    parameters = {
        "status": fault.status,
        "delay_ms": None if fault.delay is None else round(fault.delay / _MILLISECOND),
        "jitter_ms": None if fault.jitter is None else round(fault.jitter / _MILLISECOND),
        "millicores": None if fault.cores is None else max(1, round(fault.cores * 1000)),
        "size_bytes": fault.size_bytes,
        "attached_seconds": None if attached is None else attached / _SECOND,
    }
    return {
        "kind": fault.kind.value,
        "share": fault.share,
        "seed": fault.seed,
        "lease_seconds": lease / _SECOND,
        "not_after": time.time() + lease / _SECOND,
        "run": run,
        **{name: value for name, value in parameters.items() if value is not None},
    }


def _status(replica: Replica, reply: Reply, asked_at: float) -> ChaosStatus:
    body = reply.object()
    try:
        return ChaosStatus(
            replica=replica.name,
            reachable=True,
            enabled=bool(body["enabled"]),
            faults=tuple(_armed(fault) for fault in body["faults"]),
            breaker=str(body.get("breaker", "")),
            clock_skew_seconds=float(body["now"]) - asked_at,
            kinds=tuple(map(str, body["kinds"])) if "kinds" in body else None,
            memory_headroom_bytes=body.get("memory_headroom_bytes"),
        )
    except MALFORMED as error:
        raise reply.unexpected(f"is no status ({error!r})") from error


def _armed(raw: dict[str, Any]) -> ArmedFault:
    return ArmedFault(
        id=str(raw["id"]),
        kind=FaultKind(raw["kind"]),
        share=float(raw["share"]),
        run=str(raw.get("run") or ""),
        expires_in_seconds=float(raw["expires_in_seconds"]),
        seen=int(raw["seen"]),
        hit=int(raw["hit"]),
        stressor=_stressor(raw.get("stressor")),
    )


def _tally(reply: Reply, *, removed: bool) -> Tally:
    body = reply.object()
    try:
        return Tally(
            removed,
            int(body["seen"]),
            int(body["hit"]),
            _stressor(body.get("stressor")),
        )
    except MALFORMED as error:
        raise reply.unexpected("lacks seen or hit") from error


def _stressor(raw: dict[str, Any] | None) -> Stressor | None:
    if raw is None:
        return None
    return Stressor(
        is_alive=bool(raw["is_alive"]),
        cpu_seconds=float(raw["cpu_seconds"]),
        memory_bytes=int(raw["memory_bytes"]),
    )


def _said(reply: Reply) -> str:
    """Put what a short form answered into words."""
    body = reply.object()
    if body.get("armed"):
        return f"{body.get('kind')} is armed until {body.get('deadline')}"
    if body.get("kind") == FaultKind.CRASH:
        return "ends now, without draining"
    if body.get("enabled"):
        return "faults can be armed"
    if "enabled" in body:
        removed = ", ".join(map(str, body.get("removed", ()))) or "nothing"
        return f"no fault can be armed; taken off: {removed}"
    if "id" in body:
        return f"{body['id']} is not armed"
    raise reply.unexpected("does not say what became of the fault")
