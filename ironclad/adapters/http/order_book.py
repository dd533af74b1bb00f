"""A run's orders, looked up and cleared away through whichever replica answers."""

from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from urllib.parse import quote

from ironclad.adapters.http.calls import MALFORMED, Reply
from ironclad.adapters.http.control import ControlRoutes
from ironclad.adapters.http.transport import ReplicaAccess
from ironclad.domain.evidence.attempt_stats import checked
from ironclad.domain.evidence.evidence import WriteCheck
from ironclad.domain.load.load import Attempt
from ironclad.domain.stack.stack import Replica
from ironclad.errors import RemoteError, UnreachableError

_PAGE = 5_000


class OrderBookHttp:
    """`replicas` lists them anew each time: they come and go."""

    def __init__(
        self, replicas: Callable[[], Awaitable[Sequence[Replica]]], access: ReplicaAccess
    ) -> None:
        self._replicas = replicas
        self._control = ControlRoutes(access)

    async def check(self, run: str, acknowledged: Sequence[Attempt]) -> WriteCheck:
        stored: defaultdict[str, list[str]] = defaultdict(list)
        after: Any = 0
        while after is not None:
            reply = await self._call("GET", f"{_path(run)}?after={after}&limit={_PAGE}")
            orders, after = _page(reply, after)
            for order_id, key in orders:
                stored[key].append(order_id)
        return checked(acknowledged, stored)

    async def clear(self, run: str) -> int:
        reply = await self._call("DELETE", _path(run))
        try:
            return int(reply.object()["deleted"])
        except MALFORMED as error:
            raise reply.unexpected("does not say how many it deleted") from error

    async def _call(self, method: str, path: str) -> Reply:
        """Ask one replica after the other; the last one's error is raised."""
        last: RemoteError | UnreachableError | None = None
        for replica in await self._replicas():
            try:
                return await self._control.call(replica, method, path)
            except (RemoteError, UnreachableError) as error:
                last = error
        raise last or UnreachableError("there is no replica that could look orders up")


def _path(run: str) -> str:
    return f"/api/chaos/runs/{quote(run, safe='')}/orders"


def _page(reply: Reply, after: int) -> tuple[list[tuple[str, str]], int | None]:
    body = reply.object()
    try:
        orders = [(str(order["id"]), str(order["idempotency_key"])) for order in body["orders"]]
        following = None if body["next"] is None else int(body["next"])
    except MALFORMED as error:
        raise reply.unexpected(f"is no page of orders ({error!r})") from error
    if following is not None and following <= after:
        raise reply.unexpected(f"goes on at {following} after {after}, which would never end")
    return orders, following
