"""One line a request."""

from datetime import UTC, datetime

from backend.telemetry.logs import LineWriter
from backend.telemetry.recorder import Exchange

_FAILED = 500
"""A plain number: comparing with an `HTTPStatus` takes ten times as long."""


class AccessLog:
    def __init__(self, writer: LineWriter, replica: str) -> None:
        self._write = writer.write
        self._replica = replica

    def begin(self) -> None:
        """Nothing to say yet."""

    def end(self, exchange: Exchange) -> None:
        failed = exchange.status >= _FAILED
        self._write(
            {
                "ts": datetime.now(UTC),
                "level": "error" if failed else "info",
                "replica": self._replica,
                "message": "request",
                "request_id": exchange.request_id,
                "trace_id": exchange.trace_id,
                "run": exchange.run,
                "method": exchange.method,
                "route": exchange.route,
                "status": exchange.status,
                "duration_ms": int(exchange.seconds * 1_000_000) / 1000,  # `round` takes longer
            },
            at_once=failed,
        )
