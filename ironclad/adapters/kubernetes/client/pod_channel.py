"""Commands in a container and its standard input, through the API server."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from ironclad.adapters.kubernetes.client.api import KubeApi
from ironclad.adapters.kubernetes.client.failures import KubeError, trimmed
from ironclad.adapters.kubernetes.client.kinds import kind

_PROTOCOL = "v4.channel.k8s.io"
BROKEN = "Broken"
"""Reason of a KubeError when the end of a command is not known."""

_STDIN, _STDOUT, _STDERR, _STATUS = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Output:
    """What a command left; `code` is 0 for success."""

    stdout: bytes
    stderr: str
    code: int


class PodChannel:
    def __init__(self, api: KubeApi, namespace: str, pod: str, container: str) -> None:
        self._api = api
        self._namespace = namespace
        self._pod = pod
        self._container = container

    async def run(self, *command: str) -> Output:
        """Run a command to its end. Raises KubeError when it cannot even be started."""
        path = kind("Pod").path(self._namespace, self._pod, "exec")
        pairs = [("container", self._container), ("stdout", "true"), ("stderr", "true")]
        pairs += [("command", part) for part in command]
        frames: dict[int, bytearray] = {n: bytearray() for n in (_STDOUT, _STDERR, _STATUS)}
        async with self._api.websocket(path, pairs, _PROTOCOL) as socket:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.BINARY and message.data:
                    frames.setdefault(message.data[0], bytearray()).extend(message.data[1:])
        return self._output(frames)

    def _output(self, frames: dict[int, bytearray]) -> Output:
        if not frames[_STATUS]:
            words = f"{self._name}: the connection broke before the end"
            raise KubeError(words, status=0, reason=BROKEN)
        answer = json.loads(frames[_STATUS])
        code = _exit_code(answer)
        if code is None:
            raise KubeError(f"{self._name}: {trimmed(str(answer.get('message')))}", status=0)
        return Output(bytes(frames[_STDOUT]), frames[_STDERR].decode(errors="replace"), code)

    @property
    def _name(self) -> str:
        return f"context {self._api.context}: container {self._container} of Pod/{self._pod}"

    @asynccontextmanager
    async def standard_input(self) -> AsyncIterator["InputLine"]:
        """Attach to the running container's standard input, which stays open when we leave."""
        path = kind("Pod").path(self._namespace, self._pod, "attach")
        pairs: Sequence[tuple[str, str]] = [("container", self._container), ("stdin", "true")]
        async with self._api.websocket(path, pairs, _PROTOCOL) as socket:
            yield InputLine(socket)


class InputLine:
    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket

    async def write(self, line: str) -> None:
        await self._socket.send_bytes(bytes([_STDIN]) + f"{line}\n".encode())

    async def drained(self) -> None:
        """Read what comes back until the other side closes; keeps the connection answering."""
        async for _ in self._socket:
            pass


def _exit_code(answer: dict[str, object]) -> int | None:
    if answer.get("status") == "Success":
        return 0
    details = answer.get("details")
    causes = details.get("causes") if isinstance(details, dict) else None
    for cause in causes or ():
        if cause.get("reason") == "ExitCode":
            return int(cause["message"])
    return None
