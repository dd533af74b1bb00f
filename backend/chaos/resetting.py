"""What cannot be done from within ASGI: reset a connection, and let go of one at the server's exit.

uvicorn.Config(app, http=ResettingProtocol)
"""

import socket
import struct
from collections.abc import Callable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from backend.chaos.unanswered import HOLD, RESET

_LINGER_NOT_AT_ALL = struct.pack("ii", 1, 0)
"""Closing then discards what is unsent and sends RST in the place of FIN."""


class ResettingProtocol(HttpToolsProtocol):
    """Gives each request's scope the extension that `ConnectionReset` asks for."""

    _extensions: dict[str, Callable[[], None]]
    _is_held = False

    def connection_made(self, transport: Any) -> None:
        self._extensions = {RESET: self._reset, HOLD: self._hold}
        super().connection_made(transport)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = self._extensions  # type: ignore[typeddict-item]

    def shutdown(self) -> None:
        """Called once no more connections are taken; a held request would keep the server up."""
        if self._is_held:
            self.transport.close()
        super().shutdown()

    def _hold(self) -> None:
        self._is_held = True

    def _reset(self) -> None:
        connection = self.transport.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT_AT_ALL)
        self.transport.abort()
