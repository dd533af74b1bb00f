"""Word of a game day: sent, tried again, given up, and never in anybody's way."""

import asyncio
import json
import logging
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ironclad.adapters.notices import Notices, read_addresses
from ironclad.errors import BadInputError, RemoteError
from ironclad.wiring.in_force import Everyone
from tests.fakes.stack.serving import listening_socket, serving

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated:DeprecationWarning")

LONG = timedelta(seconds=20)
AT_ONCE = (timedelta(), timedelta())


class Receiver:
    """Takes what Apprise posts; refuses the first few on demand."""

    def __init__(self, refusals: int = 0) -> None:
        self.refusals = refusals
        self.got: list[dict[str, str]] = []
        self.tries = 0

    async def take(self, request: Request) -> Response:
        self.tries += 1
        if self.tries <= self.refusals:
            return Response(status_code=503)
        self.got.append(json.loads(await request.body()))
        return Response(status_code=200)


@contextmanager
def receiving(receiver: Receiver) -> Iterator[str]:
    app = Starlette(routes=[Route("/{rest:path}", receiver.take, methods=["POST"])])
    with serving(app) as url:
        yield url.replace("http://", "json://") + "/secret-token"


async def test_what_is_announced_arrives_with_its_title() -> None:
    receiver = Receiver()
    with receiving(receiver) as address:
        notices = Notices([address])
        await notices.announce("GameDayEnded", "error-burst ended UPHELD")
        assert notices.wait(LONG)
    assert [(one["title"], one["message"]) for one in receiver.got] == [
        ("Game day is over", "error-burst ended UPHELD")
    ]


async def test_the_same_word_is_sent_once() -> None:
    receiver = Receiver()
    with receiving(receiver) as address:
        notices = Notices([address])
        for body in ("one", "one", "two", "one"):
            await notices.announce("GameDayStarted", body)
        assert notices.wait(LONG)
    assert Counter(one["message"] for one in receiver.got) == {"one": 1, "two": 1}


async def test_a_receiver_that_refuses_is_tried_again() -> None:
    receiver = Receiver(refusals=2)
    with receiving(receiver) as address:
        notices = Notices([address], AT_ONCE)
        await notices.announce("GameDayStarted", "it begins")
        assert notices.wait(LONG)
    assert (receiver.tries, len(receiver.got)) == (3, 1)


async def test_one_that_always_refuses_is_given_up_and_its_address_is_not_printed(
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiver = Receiver(refusals=99)
    with receiving(receiver) as address, caplog.at_level(logging.DEBUG):
        notices = Notices([address], AT_ONCE)
        await notices.announce("GameDayStarted", "it begins")
        assert notices.wait(LONG)
    assert receiver.tries == 3
    ours = [record.getMessage() for record in caplog.records if record.name == "ironclad"]
    assert ours == ["a notice could not be delivered: Game day begins"]
    assert "secret-token" not in "".join(
        record.getMessage() for record in caplog.records if record.name != "urllib3.connectionpool"
    )


async def test_one_that_hangs_delays_neither_the_game_day_nor_the_other_receivers() -> None:
    hanging = listening_socket()  # takes connections and never answers
    receiver = Receiver()
    with hanging, receiving(receiver) as address:
        notices = Notices([f"json://127.0.0.1:{hanging.getsockname()[1]}/", address])
        began = time.monotonic()
        for number in range(20):
            await notices.announce("GameDayStarted", f"number {number}")
        assert time.monotonic() - began < 0.2
        deadline = time.monotonic() + 20
        while len(receiver.got) < 20 and time.monotonic() < deadline:
            await asyncio.sleep(0.02)
        assert len(receiver.got) == 20
        began = time.monotonic()
        assert notices.wait(timedelta(seconds=0.1)) is False
        assert time.monotonic() - began < 1


async def test_a_full_receiver_loses_notices_and_blocks_nothing() -> None:
    hanging = listening_socket()
    with hanging:
        notices = Notices([f"json://127.0.0.1:{hanging.getsockname()[1]}/"])
        began = time.monotonic()
        for number in range(300):
            await notices.announce("GameDayStarted", f"number {number}")
        assert time.monotonic() - began < 2


def test_its_threads_keep_no_process_alive() -> None:
    Notices(["json://127.0.0.1:9/"])
    own = [one for one in threading.enumerate() if "_send_all" in str(one.name)]
    assert all(thread.daemon for thread in own)


def test_addresses_are_read_one_a_line(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    path.write_text("# receivers\n\njson://127.0.0.1/a\n  nosuch://a \n")
    with pytest.raises(BadInputError, match="line 4"):
        read_addresses(path)
    path.write_text("# receivers\n\njson://127.0.0.1/a\nmailto://me:pass@example.com\n")
    assert read_addresses(path) == ("json://127.0.0.1/a", "mailto://me:pass@example.com")


def test_a_bad_address_is_named_by_its_line_alone(tmp_path: Path) -> None:
    path = tmp_path / "notify"
    path.write_text("pidgin://a-secret\n")
    with pytest.raises(BadInputError, match="line 1 is no address") as raised:
        read_addresses(path)
    assert "a-secret" not in str(raised.value)


async def test_an_announcer_that_fails_does_not_stop_the_others() -> None:
    delivered: list[str] = []

    class Deaf:
        async def announce(self, reason: str, message: str) -> None:
            raise RemoteError(f"{reason} was not delivered: {message}")

    class Listening:
        async def announce(self, reason: str, message: str) -> None:
            delivered.append(f"{reason}: {message}")

    with pytest.raises(RemoteError, match="not delivered"):
        await Everyone((Deaf(), Listening())).announce("GameDayEnded", "well")
    assert delivered == ["GameDayEnded: well"]
