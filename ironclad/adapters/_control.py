"""Calls to a replica's control routes: the token goes on, refusals become our errors."""

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

from ironclad.adapters._http import Call, Reply, send
from ironclad.domain.stack import Replica
from ironclad.errors import (
    IroncladError,
    LeaseLapsedError,
    RefusedError,
    RemoteError,
    SettingsError,
)


@dataclass(frozen=True, slots=True)
class ControlRoutes:
    """The token is read anew for each call, so that a rotated one is taken up."""

    token_file: Path

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
        reply = await send(
            Call(
                who=f"replica {replica.name}",
                method=method,
                url=replica.url.rstrip("/") + path,
                headers={"X-Chaos-Token": self._token(), **(headers or {})},
                body=body,
            )
        )
        if reply.status not in range(200, 300):
            raise self._refusal(reply)
        return reply

    def _token(self) -> str:
        try:
            return self.token_file.read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"the chaos token cannot be read from {self.token_file} ({error}); "
                "the stage `secret` creates it"
            ) from error

    def _refusal(self, reply: Reply) -> IroncladError:
        who = reply.call.who
        match reply.status:
            case HTTPStatus.UNAUTHORIZED:
                return RemoteError(
                    f"{who} does not take the chaos token in {self.token_file}; "
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
