"""A live Alertmanager tells a chat and a pager, and a dead receiver delays neither nor the janitor.

The configuration is the one that a stack gets, but for how long a page may be gathered.
"""

import json
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ironclad.adapters.local.monitoring.programs import alertmanager_configuration
from ironclad.adapters.programs.tools import ALERTMANAGER
from ironclad.domain.alerting.receivers import Receiver, ReceiverKind, Recorder, Severity
from tests.fakes.stack.live_stack import tool_of_this_machine
from tests.fakes.stack.product import free_port
from tests.fakes.stack.serving import listening_socket, serving

pytestmark = pytest.mark.timeout(60)

TOKEN = "a-janitor-token-for-tests"
PAGE = {
    "labels": {"alertname": "HighErrorRate", "severity": "critical", "team": "sre"},
    "annotations": {
        "summary": "orders fail",
        "description": "5 % of the requests",
        "runbook_url": "https://example.com/high-error-rate",
    },
}


@dataclass
class Inbox:
    """What arrived, by path, with the moment."""

    got: dict[str, list[tuple[float, Any]]] = field(default_factory=dict)
    authorized: dict[str, str] = field(default_factory=dict)

    async def take(self, request: Request) -> Response:
        received = (time.monotonic(), json.loads(await request.body()))
        self.authorized[request.url.path] = request.headers.get("Authorization", "")
        self.got.setdefault(request.url.path, []).append(received)
        return Response("ok")


@dataclass(frozen=True)
class Live:
    url: str
    inbox: Inbox

    def fire(self, *, is_over: bool = False) -> float:
        now = datetime.now(UTC)
        alert = {**PAGE, "startsAt": (now - timedelta(seconds=1)).isoformat()}
        if is_over:
            alert["endsAt"] = now.isoformat()
        httpx.post(f"{self.url}/api/v2/alerts", json=[alert], timeout=5).raise_for_status()
        return time.monotonic()


def until(condition: Callable[[], Any], seconds: float = 20) -> Any:
    deadline = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < deadline, "it did not come in time"
        time.sleep(0.05)
    return found


@contextmanager
def alertmanager(folder: Path, configuration: bytes) -> Iterator[str]:
    """Run the one that set-up has fetched."""
    program = tool_of_this_machine(ALERTMANAGER)
    assert program, "`make install` fetches Alertmanager"
    path, address = folder / "alertmanager.yml", f"127.0.0.1:{free_port()}"
    path.write_bytes(configuration)
    data = program.parent.parent / "share/prometheus/alertmanager"  # a package's, taken apart
    process = subprocess.Popen(  # noqa: S603 - the tool of our own stack
        [program, f"--config.file={path}", f"--storage.path={folder / 'data'}",
         f"--web.listen-address={address}", "--cluster.listen-address=",
         *([f"--web.ui-path={data / 'no-ui'}"] if data.is_dir() else [])],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=data if data.is_dir() else None,
    )  # fmt: skip
    try:
        until(lambda: _is_ready(f"http://{address}"))
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(10)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready", timeout=1).is_success
    except httpx.HTTPError:
        return False


@pytest.fixture
def live(tmp_path: Path) -> Iterator[Live]:
    inbox = Inbox()
    app = Starlette(routes=[Route("/{rest:path}", inbox.take, methods=["POST"])])
    with listening_socket() as hangs, serving(app) as url:
        dead = f"http://127.0.0.1:{hangs.getsockname()[1]}/never-answers"
        receivers = (
            Receiver(name="dead", kind=ReceiverKind.WEBHOOK, url=dead),
            Receiver(name="chat", kind=ReceiverKind.SLACK, url=f"{url}/chat"),
            Receiver(
                name="pager",
                kind=ReceiverKind.WEBHOOK,
                url=f"{url}/pager",
                team="sre",
                severity=Severity.CRITICAL,
            ),
            Receiver(
                name="tickets",
                kind=ReceiverKind.WEBHOOK,
                url=f"{url}/tickets",
                severity=Severity.WARNING,
            ),
        )
        token = tmp_path / "janitor-token"
        token.write_text(TOKEN)
        janitor = Recorder(url=f"{url}/janitor", token_file=str(token))
        text = alertmanager_configuration(janitor=janitor, receivers=receivers).decode()
        quick = re.sub(r"group_(wait|interval): \d+[sm]", r"group_\1: 1s", text)
        with alertmanager(tmp_path, quick.encode()) as manager:
            yield Live(manager, inbox)


def test_a_page_reaches_chat_and_pager_and_a_dead_receiver_holds_nothing_up(live: Live) -> None:
    fired = live.fire()
    until(lambda: {"/janitor/deliveries", "/pager", "/chat"} <= live.inbox.got.keys())

    slowest = max(moment for received in live.inbox.got.values() for moment, _ in received)
    assert slowest - fired < 5
    _, page = live.inbox.got["/pager"][0]
    assert (page["status"], page["alerts"][0]["labels"]) == ("firing", PAGE["labels"])
    (message,) = live.inbox.got["/chat"][0][1]["attachments"]
    assert message["title"] == "FIRING critical: HighErrorRate"
    assert "orders fail. 5 % of the requests" in message["text"]
    assert "https://example.com/high-error-rate" in message["text"]
    assert "/tickets" not in live.inbox.got


def test_the_janitor_alone_gets_the_token_by_which_it_knows_alertmanager(live: Live) -> None:
    """Alertmanager 0.25 and later read it from its file; no one else is sent it."""
    live.fire()
    until(lambda: {"/janitor/deliveries", "/pager", "/chat"} <= live.inbox.got.keys())

    assert live.inbox.authorized == {
        "/janitor/deliveries": f"Bearer {TOKEN}",
        "/pager": "",
        "/chat": "",
    }


def test_both_get_the_end(live: Live) -> None:
    live.fire()
    until(lambda: "/chat" in live.inbox.got)
    live.fire(is_over=True)

    until(lambda: len(live.inbox.got["/pager"]) > 1 and len(live.inbox.got["/chat"]) > 1)
    assert live.inbox.got["/pager"][-1][1]["status"] == "resolved"
    (message,) = live.inbox.got["/chat"][-1][1]["attachments"]
    assert message["title"] == "RESOLVED critical: HighErrorRate"
