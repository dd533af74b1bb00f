"""Calls to a replica's control routes: the token goes on, refusals become our errors."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from ironclad.adapters.http.calls import Call, Reply, held_open, send
from ironclad.adapters.http.transport import ReplicaAccess
from ironclad.domain.stack.stack import Replica
from ironclad.errors import (
    IroncladError,
    LeaseLapsedError,
    RefusedError,
    RemoteError,
)

_NOT_HELD = {
    HTTPStatus.NOT_FOUND,
    HTTPStatus.METHOD_NOT_ALLOWED,
    HTTPStatus.NOT_IMPLEMENTED,
}
"""What a version without attachments answers, and a server that could not let go of one."""


class NotHeldError(RemoteError):
    """The replica holds no request open."""


@dataclass(frozen=True, slots=True)
class ControlRoutes:
    """The transport and the token are asked for anew with each call."""

    access: ReplicaAccess

    async def call(
        self,
        replica: Replica,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Reply:
        """Give a 2xx reply; raises for everything else."""
        reply = await send(await self._call(replica, method, path, body, headers))
        if reply.status not in range(200, 300):
            raise self._refusal(reply)
        return reply

    @asynccontextmanager
    async def held(
        self, replica: Replica, path: str, body: Mapping[str, Any]
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Hold a PUT open. Raises NotHeldError where the replica holds no requests."""
        async with held_open(await self._call(replica, "PUT", path, body)) as (reply, parts):
            if reply.status in _NOT_HELD:
                raise NotHeldError(str(reply))
            if reply.status != HTTPStatus.OK:
                raise self._refusal(reply)
            yield parts

    async def _call(
        self,
        replica: Replica,
        method: str,
        path: str,
        body: Mapping[str, Any] | None,
        headers: Mapping[str, str] | None = None,
    ) -> Call:
        return Call(
            who=f"replica {replica.name}",
            method=method,
            url=replica.url.rstrip("/") + path,
            headers={"X-Chaos-Token": await self.access.token(), **(headers or {})},
            body=body,
            transport=await self.access.transport(),
        )

    def _refusal(self, reply: Reply) -> IroncladError:
        who = reply.call.who
        match reply.status:
            case HTTPStatus.UNAUTHORIZED:
                return RemoteError(
                    f"{who} does not take the chaos token {self.access.source}; "
                    "restart it with the token that is there now"
                )
            case HTTPStatus.NOT_FOUND:
                return RemoteError(
                    f"{who} has no control routes; start it with a chaos token configured"
                )
            case HTTPStatus.PRECONDITION_FAILED:
                return LeaseLapsedError(f"{who}: {reply.sentence()}")
            case HTTPStatus.CONFLICT:
                return RefusedError((f"{who}: {reply.sentence()}",))
            case _:
                return reply.unexpected("is not a success")
