"""The Prefect server that we start, from a browser: its own pages, and those of other origins."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from starlette.responses import HTMLResponse

from tests.fakes.stack.live_stack import forget, open_root
from tests.fakes.stack.product import Product
from tests.fakes.stack.serving import serving
from tests.ui.conftest import REBOUND

pytestmark = pytest.mark.timeout(600)

ASK = """async ([url, options]) => {
  try { const answer = await fetch(url, options); return `${answer.type} ${answer.status}`; }
  catch (error) { return error.name; }
}"""


@pytest.fixture(scope="module")
def prefect() -> Iterator[Product]:
    folder = open_root()
    product = Product(folder, tools={})
    try:
        ended = product.run("prefect", "up")
        assert ended.returncode == 0, ended.stderr
        yield product
    finally:
        product.run("down", "--all", "--delete-data")
        forget(folder)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


@pytest.fixture
def foreign(page: Page) -> Iterator[Page]:
    """A page of another origin on this very machine."""
    with serving(HTMLResponse("<title>foreign</title>")) as url:
        page.goto(url)
        yield page


def pages(prefect: Product) -> str:
    return prefect.api_url.removesuffix("/api")


def test_the_pages_ask_for_the_login_and_then_show_the_deployments(
    prefect: Product, page: Page
) -> None:
    page.goto(f"{pages(prefect)}/deployments")
    expect(page.get_by_text("disarm-faults")).to_have_count(0)
    page.locator("input[type=password]").fill(prefect.login)
    page.keyboard.press("Enter")
    expect(page.get_by_text("disarm-faults").first).to_be_visible(timeout=30_000)


def test_a_foreign_page_can_read_nothing(prefect: Product, foreign: Page) -> None:
    assert foreign.evaluate(ASK, [f"{prefect.api_url}/health", {}]) == "TypeError"


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Basic Z3Vlc3NlZA=="}])
def test_a_foreign_page_can_ask_for_nothing(
    prefect: Product, foreign: Page, headers: dict[str, str]
) -> None:
    options = {"method": "POST", "headers": headers, "body": "{}"}
    asked = [f"{prefect.api_url}/work_pools/", options]
    assert foreign.evaluate(ASK, asked) == "TypeError"


def test_what_a_foreign_page_sends_unread_is_refused(prefect: Product, foreign: Page) -> None:
    """Such a request goes out without the browser asking first; the server has to refuse it."""
    body = '{"name": "planted", "type": "process"}'
    options = {"method": "POST", "mode": "no-cors", "credentials": "include", "body": body}
    assert foreign.evaluate(ASK, [f"{prefect.api_url}/work_pools/", options]) == "opaque 0"
    assert [each["name"] for each in prefect.ask_prefect("/work_pools/filter", {})] == [
        "local-process"
    ]


def test_a_foreign_page_s_socket_receives_nothing(prefect: Product, foreign: Page) -> None:
    url = f"{prefect.api_url.replace('http', 'ws')}/events/out"
    received = foreign.evaluate(
        """url => new Promise(done => {
          const channel = new WebSocket(url, "prefect");
          channel.onopen = () => channel.send('{"type": "auth", "token": "guessed"}');
          channel.onmessage = () => done("received");
          channel.onclose = event => done(event.code);
        })""",
        url,
    )
    assert received == 1008


def test_a_page_whose_name_was_made_to_lead_here_is_not_served(
    prefect: Product, page: Page
) -> None:
    """An attacker's DNS can do so; the browser then takes our server for that page's own."""
    answer = page.goto(f"http://{REBOUND}:{prefect.prefect_port}/")
    assert answer is not None
    assert answer.status == 400
