"""Talking to a supervisord over its unix socket; its faults and silences become ours."""

import asyncio
import http.client
import socket
import xmlrpc.client
from pathlib import Path
from typing import Any

from ironclad.errors import RemoteError, UnreachableError

BAD_NAME = 10
ALREADY_STARTED = 60
NOT_RUNNING = 70
ALREADY_ADDED = 90

_ANSWER_SECONDS = 5.0


class SupervisorFault(RemoteError):  # noqa: N818 - XML-RPC's own word
    def __init__(self, method: str, fault: xmlrpc.client.Fault) -> None:
        super().__init__(f"supervisord refused {method}: {fault.faultString}")
        self.code = int(fault.faultCode)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_ANSWER_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(_ANSWER_SECONDS)
        try:
            self.sock.connect(str(self._path))
        except OSError:
            self.close()
            raise


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = _UnixConnection(self._path)
        self._connection = host, connection  # what `close` closes
        return connection


class SupervisorRpc:
    """One connection for each call: calls are rare, and a kept one outlives a restart badly."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def call(self, method: str, *arguments: Any) -> Any:
        """Raises UnreachableError or SupervisorFault."""
        return await asyncio.to_thread(self._call, method, arguments)

    def _call(self, method: str, arguments: tuple[Any, ...]) -> Any:
        transport = _UnixTransport(self._path)
        with xmlrpc.client.ServerProxy("http://localhost/RPC2", transport=transport) as proxy:
            try:
                return getattr(proxy.supervisor, method)(*arguments)
            except xmlrpc.client.Fault as fault:
                raise SupervisorFault(method, fault) from fault
            except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
                raise UnreachableError(
                    f"supervisord does not answer on {self._path}: {error}"
                ) from error
