"""One line a request."""

from datetime import UTC, datetime
from http import HTTPStatus

from backend.logs import LineWriter
from backend.recorder import Exchange


class AccessLog:
    def __init__(self, writer: LineWriter, replica: str) -> None:
        self._write = writer.write
        self._replica = replica

    def begin(self) -> None:
        """Nothing to say yet."""

    def end(self, exchange: Exchange) -> None:
        failed = exchange.status >= HTTPStatus.INTERNAL_SERVER_ERROR
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
                "duration_ms": round(exchange.seconds * 1000, 3),
            },
            at_once=failed,
        )
