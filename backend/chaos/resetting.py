"""The one thing that a fault cannot do from within ASGI: reset the connection.

uvicorn.Config(app, http=ResettingProtocol)
"""

import socket
import struct
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from backend.chaos.unanswered import RESET

_LINGER_NOT_AT_ALL = struct.pack("ii", 1, 0)
"""Closing then discards what is unsent and sends RST in the place of FIN."""


class ResettingProtocol(HttpToolsProtocol):
    """Gives each request's scope the extension that `ConnectionReset` asks for."""

    _extensions: dict[str, Callable[[], None]]

    def connection_made(self, transport: Any) -> None:
        self._extensions = {RESET: self._reset}
        super().connection_made(transport)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = self._extensions  # type: ignore[typeddict-item]

    def _reset(self) -> None:
        connection = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT_AT_ALL)
        self.transport.abort()
