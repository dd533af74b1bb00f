"""The fake's pods from inside: commands that end, a standard input, and ports that echo."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from starlette.requests import HTTPConnection
from starlette.websockets import WebSocket, WebSocketDisconnect

PROTOCOL = "v4.channel.k8s.io"


@dataclass(frozen=True, slots=True)
class Ending:
    """What a command says, and how it ends; `code` None is a connection that breaks before."""

    stdout: bytes = b""
    stderr: bytes = b""
    code: int | None = 0

    def frames(self) -> Iterator[bytes]:
        if self.stdout:
            yield b"\x01" + self.stdout
        if self.stderr:
            yield b"\x02" + self.stderr
        if self.code is not None:
            yield b"\x03" + json.dumps(_status(self.code)).encode()


@dataclass(slots=True)
class Channels:
    """Pods answer what `endings` says of a command; what they receive is in `received`."""

    endings: dict[tuple[str, ...], Ending] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    """Path and query of each channel that was wanted."""
    received: list[str] = field(default_factory=list)
    hang_up_after: int = 0
    """Close a standard input after so many lines; 0 keeps it open."""
    closed_ports: set[int] = field(default_factory=set)
    is_refused: bool = False
    used: set[tuple[str, str]] = field(default_factory=set)
    refused: set[tuple[str, str]] = field(default_factory=set)
    """As of the whole fake."""

    async def answer(self, socket: WebSocket) -> None:
        self.asked.append(f"{socket.url.path}?{socket.url.query}")
        # A web socket is opened by GET; from 1.35 on the API server asks for `create` as well.
        wanted = {(verb, f"pods/{_way(socket)}") for verb in ("get", "create")}
        self.used |= wanted
        if self.is_refused or wanted & self.refused or not _is_logged_in(socket):
            await socket.close()  # before it is accepted: 403
            return
        await socket.accept(PROTOCOL)
        ways = {"exec": self._exec, "attach": self._attach, "portforward": self._forward}
        try:
            await ways[_way(socket)](socket)
        except WebSocketDisconnect:
            return
        await socket.close()

    async def _exec(self, socket: WebSocket) -> None:
        command = tuple(socket.query_params.getlist("command"))
        missing = Ending(stderr=b"not found", code=127)
        for frame in self.endings.get(command, missing).frames():
            await socket.send_bytes(frame)

    async def _attach(self, socket: WebSocket) -> None:
        lines = 0
        while not self.hang_up_after or lines < self.hang_up_after:
            self.received.append((await socket.receive_bytes())[1:].decode())
            lines += 1

    async def _forward(self, socket: WebSocket) -> None:
        """Repeat the port on both channels, as a kubelet does, then echo in capitals."""
        port = int(socket.query_params["ports"])
        for channel in (b"\x00", b"\x01"):
            await socket.send_bytes(channel + port.to_bytes(2, "little"))
        if port in self.closed_ports:
            await socket.send_bytes(b"\x01connection refused")
            return
        while True:
            await socket.send_bytes(b"\x00" + (await socket.receive_bytes())[1:].upper())


def _way(socket: WebSocket) -> str:
    return socket.url.path.rpartition("/")[2]


def _is_logged_in(connection: HTTPConnection) -> bool:
    return connection.headers.get("authorization") == "Bearer good"


def _status(code: int) -> dict[str, object]:
    if code == 0:
        return {"status": "Success"}
    causes = [{"reason": "ExitCode", "message": str(code)}]
    return {"status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": causes}}
