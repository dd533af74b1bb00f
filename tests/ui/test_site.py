"""The site in a browser: nothing overflows sideways, on a phone or a desktop, and search finds."""

import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.fakes.stack.site import built_site
from tests.places import ROOT

PAGES = sorted(
    str(page.relative_to(ROOT / "docs").with_suffix(".html"))
    for page in (ROOT / "docs").rglob("*.md")
)
WIDER_THAN_THE_SCREEN = (
    "document.documentElement.scrollWidth - document.documentElement.clientWidth"
)


class Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing of each request."""


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    site = built_site(tmp_path_factory.mktemp("site"))
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=site))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module", params=[390, 1280], ids=["phone", "desktop"])
def page(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": request.param, "height": 900})
    yield page
    page.close()


@pytest.mark.parametrize("name", PAGES)
def test_no_page_overflows_sideways(name: str, page: Page, address: str) -> None:
    page.goto(f"{address}/{name}")
    assert page.evaluate(WIDER_THAN_THE_SCREEN) <= 0


def test_a_page_that_overflows_would_be_seen(page: Page, address: str) -> None:
    page.goto(f"{address}/index.html")
    page.evaluate("document.querySelector('h1').style.cssText = 'width: 3000px'")
    assert page.evaluate(WIDER_THAN_THE_SCREEN) > 0


def test_no_page_asks_anybody_else(browser: Browser, address: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{address}/index.html", wait_until="networkidle")
    assert [url for url in asked if not url.startswith(address)] == []
    page.close()


def test_the_search_finds_a_page(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}/index.html", wait_until="networkidle")
    page.keyboard.press("Control+k")
    page.keyboard.type("JanitorSilent")
    expect(page.get_by_role("option", name="JanitorSilent").first).to_be_visible()
    page.close()
