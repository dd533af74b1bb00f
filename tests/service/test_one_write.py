"""An answer goes out in one piece, and no piece of one waits for a piece that is not there yet."""

import asyncio
import socket

import pytest
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.server import ServiceProtocol
from tests.fakes.serving import serving

HEAD: Message = {
    "type": "http.response.start",
    "status": 200,
    "headers": [(b"content-length", b"4")],
}
PAUSE_SECONDS = 0.15


def pieces(app: ASGIApp, *, requests: bytes = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n") -> list[bytes]:
    """Give what each read of a socket finds, until nothing more comes for a while."""
    found: list[bytes] = []
    with serving(app, http=ServiceProtocol) as url:
        host, _, port = url.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port))) as connection:
            connection.settimeout(PAUSE_SECONDS * 3)
            connection.sendall(requests)
            try:
                while data := connection.recv(65_536):
                    found.append(data)
            except TimeoutError:
                return found
    return found


def answering(*bodies: bytes, pause_seconds: float = 0.0) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        await send(HEAD)
        for number, body in enumerate(bodies, 1):
            await asyncio.sleep(pause_seconds) if pause_seconds else None
            more = number < len(bodies)
            await send({"type": "http.response.body", "body": body, "more_body": more})

    return app


def test_head_and_body_are_one_piece() -> None:
    (piece,) = pieces(answering(b"body"))
    assert piece.startswith(b"HTTP/1.1 200 ")
    assert piece.endswith(b"\r\n\r\nbody")


def test_a_head_whose_body_takes_its_time_goes_ahead() -> None:
    head, body = pieces(answering(b"body", pause_seconds=PAUSE_SECONDS))
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
