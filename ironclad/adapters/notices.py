"""Word of a game day to chats, mail and many other services, through Apprise.

Off the critical path: an announcement only puts the message into a queue. A thread of its own
sends it, tries again a few times, and gives up; a dead receiver delays nothing. A message is
sent once, however often it is announced.
"""

import atexit
import logging
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import apprise

from ironclad.adapters.files.atomic import explained
from ironclad.errors import BadInputError

log = logging.getLogger("ironclad")
logging.getLogger("apprise").setLevel(logging.CRITICAL)  # it would write addresses into our logs

PAUSES = (timedelta(seconds=1), timedelta(seconds=5), timedelta(seconds=20))
"""Before the second, third and fourth try."""

PATIENCE = timedelta(seconds=3)
"""For so long a process that ends waits for messages on their way."""

WAITING_AT_MOST = 100
_TITLES = {"GameDayStarted": "Game day begins", "GameDayEnded": "Game day is over"}


@dataclass(frozen=True, slots=True)
class Notice:
    title: str
    body: str


def read_addresses(path: Path) -> tuple[str, ...]:
    """Read one address a line. Addresses are secrets and never printed.

    Raises BadInputError that names the line of one that Apprise does not understand.
    """
    with explained("read", path):
        text = path.read_text(encoding="utf-8")
    return parse_addresses(text, path)


def parse_addresses(text: str, path: Path) -> tuple[str, ...]:
    """Read a text as if it stood in `path`."""
    lines = text.splitlines()
    numbered = [(number, line.strip()) for number, line in enumerate(lines, start=1)]
    addresses = [(n, text) for n, text in numbered if text and not text.startswith("#")]
    for number, address in addresses:
        if apprise.Apprise.instantiate(address) is None:
            raise BadInputError(
                f"{path}, line {number} is no address for notices, such as"
                " mailto://… or slack://…; see Apprise's list of services"
            )
    return tuple(address for _, address in addresses)


class Notices:
    """Satisfies `ports.Announcer`; each receiver has its own tries, so one cannot hold up others.

    `pauses` are the waits between tries, shorter in tests.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        pauses: Sequence[timedelta] = PAUSES,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._pauses = pauses
        self._sleep = sleep
        self._announced: set[Notice] = set()
        self._queues = [self._start(address) for address in addresses]
        atexit.register(self.wait)

    def _start(self, address: str) -> "queue.Queue[Notice]":
        waiting: queue.Queue[Notice] = queue.Queue(WAITING_AT_MOST)
        work = threading.Thread(target=self._send_all, args=(address, waiting), daemon=True)
        work.start()
        return waiting

    async def announce(self, reason: str, message: str) -> None:
        """Only take note; never waits, never raises."""
        notice = Notice(_TITLES.get(reason, reason), message)
        if notice in self._announced:
            return
        self._announced.add(notice)
        for waiting in self._queues:
            try:
                waiting.put_nowait(notice)
            except queue.Full:
                log.warning("a receiver of notices takes none; one notice was left out")

    def wait(self, patience: timedelta = PATIENCE) -> bool:
        """Wait until everything is sent or given up, and not for long; say whether it is."""
        until = time.monotonic() + patience.total_seconds()
        while any(waiting.unfinished_tasks for waiting in self._queues):
            if time.monotonic() >= until:
                return False
            time.sleep(0.02)
        return True

    def _send_all(self, address: str, waiting: "queue.Queue[Notice]") -> None:
        receiver = apprise.Apprise()
        receiver.add(address)
        while True:
            notice = waiting.get()
            if not self._is_sent(receiver, notice):
                log.warning("a notice could not be delivered: %s", notice.title)
            waiting.task_done()

    def _is_sent(self, receiver: apprise.Apprise, notice: Notice) -> bool:
        for pause in (*self._pauses, None):
            if receiver.notify(title=notice.title, body=notice.body):
                return True
            if pause is not None:
                self._sleep(pause.total_seconds())
        return False
