"""An answer goes out in one piece, and no piece of one waits for a piece that is not there yet."""

import asyncio
import contextlib
import socket
import threading

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.server import ServiceProtocol
from tests.fakes.serving import serving

HEAD: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-length", b"4")],
}
AT_MOST_SECONDS = 10
QUIET_SECONDS = 0.3
"""Nothing more comes for so long; a piece that is late then makes a test fail, never pass."""


def pieces(
    app: ASGIApp,
    *,
    requests: bytes = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n",
    go_on: threading.Event | None = None,
) -> list[bytes]:
    """Give what each read of a socket finds; `go_on` is set once the first piece is there."""
    found: list[bytes] = []
    with serving(app, http=ServiceProtocol) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.settimeout(AT_MOST_SECONDS)
            connection.sendall(requests)
            with contextlib.suppress(TimeoutError):
                while data := connection.recv(65_536):
                    found.append(data)
                    waits = go_on is not None and not go_on.is_set()
                    connection.settimeout(AT_MOST_SECONDS if waits else QUIET_SECONDS)
                    if go_on is not None:
                        go_on.set()
    return found


def answering(*bodies: bytes, after: threading.Event | None = None) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send(HEAD)
        for number, body in enumerate(bodies, 1):
            if after is not None:
                await asyncio.to_thread(after.wait, AT_MOST_SECONDS)
            more = number < len(bodies)
            await send({"type": "http.response.body", "body": body, "more_body": more})

    return app


def test_head_and_body_are_one_piece() -> None:
    (piece,) = pieces(answering(b"body"))
    assert piece.startswith(b"HTTP/1.1 200 ")
    assert piece.endswith(b"\r\n\r\nbody")


def test_a_head_whose_body_takes_its_time_goes_ahead() -> None:
    is_read = threading.Event()
    head, body = pieces(answering(b"body", after=is_read), go_on=is_read)
    assert head.endswith(b"\r\n\r\n")
    assert body == b"body"


@pytest.mark.parametrize(
    ("request_line", "end"),
    [
        pytest.param(b"HEAD / HTTP/1.1", b"\r\n\r\n", id="no body is due"),
        pytest.param(b"GET / HTTP/1.0", b"\r\n\r\nbody", id="the connection ends with it"),
    ],
)
def test_nothing_of_an_answer_is_left_behind(request_line: bytes, end: bytes) -> None:
    heard = b"".join(pieces(answering(b"body"), requests=request_line + b"\r\nhost: x\r\n\r\n"))
    assert heard.startswith(b"HTTP/1.1 200 ")
    assert heard.endswith(end)


def test_answers_to_requests_in_a_row_keep_their_order() -> None:
    heard = b"".join(
        pieces(answering(b"bo", b"dy"), requests=b"GET / HTTP/1.1\r\nhost: x\r\n\r\n" * 3)
    )
    assert heard.count(b"HTTP/1.1 200 ") == 3
    assert [part.partition(b"\r\n\r\n")[2] for part in heard.split(b"HTTP/1.1 200 ")[1:]] == [
        b"body"
    ] * 3
