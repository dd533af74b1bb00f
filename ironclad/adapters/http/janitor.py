"""The janitor's record of deliveries, and whether it still sweeps."""

from datetime import UTC, datetime
from http import HTTPStatus

from ironclad.adapters.files.typed_json import typed
from ironclad.adapters.http.calls import MALFORMED, Call, Reply, send
from ironclad.domain.alerting.firing_alerts import Delivery

_DELIVERIES = typed(tuple[Delivery, ...])


class JanitorHttp:
    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    async def deliveries(self, since: datetime) -> tuple[Delivery, ...]:
        reply = await self._get(f"/deliveries?since={since.timestamp():.6f}")
        if reply.status != HTTPStatus.OK:
            raise reply.unexpected("is not the list of deliveries")
        try:
            return _DELIVERIES.validate_json(reply.text)
        except ValueError as error:
            raise reply.unexpected("is no list of deliveries") from error

    async def last_sweep(self) -> datetime | None:
        """Read the body whatever the status: a janitor that has not swept yet answers 503."""
        reply = await self._get("/healthz")
        try:
            swept = reply.object()["last_sweep"]
            return None if swept is None else datetime.fromtimestamp(float(swept), UTC)
        except (*MALFORMED, OSError) as error:
            raise reply.unexpected("does not say when it last swept") from error

    async def _get(self, path: str) -> Reply:
        return await send(Call(who="the janitor", method="GET", url=self._url + path))
