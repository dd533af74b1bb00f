"""Take the pictures of `docs/pictures`: a report, the Prefect UI, a dashboard; `make pictures`.

Each is taken if its subject is there, and stays as it is otherwise. Subjects are a report in
REPORT, the machine's Prefect server and a Grafana at GRAFANA.
"""

import argparse
import asyncio
import io
import json
import os
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal
from urllib.parse import urljoin

import httpx
from PIL import Image
from playwright.sync_api import Browser, ViewportSize, sync_playwright

from ironclad import wiring
from ironclad.domain.evidence.outcome import Verdict
from tests.places import ROOT

FOLDER = ROOT / "docs/pictures"
LARGEST_BYTES = 150_000
COMMANDS = ("chromium", "chromium-browser", "google-chrome")
_GAME_DAYS = {"flows": {"name": {"any_": ["game-day"]}}}
DASHBOARD = "/d/ironclad-sre?orgId=1&kiosk&theme=light&from={}&to={}"
AROUND = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture; `settled_seconds` is what a page needs to draw after its last request.

    `login` opens the server, where it asks for one.
    """

    name: str
    url: str
    width: int = 1200
    height: int = 900
    scheme: Literal["light", "dark"] = "light"
    settled_seconds: float = 0.5
    login: str = ""


def of_report(folder: Path) -> Iterator[Shot]:
    report, index = folder.resolve() / "report.html", folder.resolve().parent / "index.html"
    if report.is_file():
        yield Shot("report", report.as_uri(), height=1500)
        yield Shot("report-phone", report.as_uri(), width=390, height=844, scheme="dark")
    if report.is_file() and index.is_file():
        yield Shot("index", index.as_uri(), height=800)


def of_prefect(url: str | None, login: str) -> Iterator[Shot]:
    """The last game day that Prefect knows, its report, and the form that starts one."""
    if url is None:
        return
    newest = {"sort": "START_TIME_DESC", **_ended_game_days()}
    if runs := _asked(f"{url}/api/flow_runs/filter", newest, login):
        yield _prefect_shot("prefect-run", f"{url}/runs/flow-run/{runs[0]['id']}", login)
    key = {"key": {"like_": "game-day-%"}, "type": {"any_": ["markdown"]}}
    newest = {"sort": "CREATED_DESC", "artifacts": key}
    reports = _asked(f"{url}/api/artifacts/filter", newest, login)
    reports = [one for one in reports if not one["key"].endswith("-prometheus")]
    if reports:
        where = f"{url}/artifacts/artifact/{reports[0]['id']}"
        yield _prefect_shot("prefect-report", where, login)
    named = {
        "deployments": {"name": {"any_": ["local"]}},
        "flows": {"name": {"any_": ["game-day"]}},
    }
    for one in _asked(f"{url}/api/deployments/filter", named, login):
        where = f"{url}/deployments/deployment/{one['id']}/run"
        yield _prefect_shot("prefect-form", where, login)


def _prefect_shot(name: str, url: str, login: str) -> Shot:
    return Shot(name, url, settled_seconds=4, login=login)


def _ended_game_days() -> dict[str, object]:
    state = {"state": {"name": {"any_": [str(verdict) for verdict in Verdict]}}}
    return {**_GAME_DAYS, "flow_runs": state}


def _asked(url: str, body: Mapping[str, object], login: str) -> list[dict[str, str]]:
    user, _, password = login.partition(":")
    auth = httpx.BasicAuth(user, password) if login else None
    answer = httpx.post(url, json={"limit": 20, **body}, auth=auth, timeout=20)
    answer.raise_for_status()
    found: list[dict[str, str]] = answer.json()
    return found


def of_grafana(url: str, folder: Path) -> Iterator[Shot]:
    """The dashboard of the golden signals, around the minutes of the report's run."""
    report = folder / "report.json"
    if not url or not report.is_file():
        return
    run = json.loads(report.read_text())
    first = datetime.fromisoformat(run["started_at"]) - AROUND
    last = datetime.fromisoformat(run["finished_at"]) + AROUND
    window = (round(1000 * each.timestamp()) for each in (first, last))
    yield Shot("dashboard", url.rstrip("/") + DASHBOARD.format(*window), height=1000,
               settled_seconds=15)  # fmt: skip


def taken(browser: Browser, shot: Shot) -> bytes:
    page = browser.new_page(
        viewport=ViewportSize(width=shot.width, height=shot.height), color_scheme=shot.scheme
    )
    if shot.login:
        page.goto(urljoin(shot.url, "/login"))
        page.locator("input[type=password]").fill(shot.login)
        page.keyboard.press("Enter")
        page.locator("input[type=password]").wait_for(state="detached")
    page.goto(shot.url)
    page.wait_for_load_state("load")
    page.wait_for_timeout(1000 * shot.settled_seconds)
    picture: bytes = page.screenshot()
    page.close()
    return picture


def small(picture: bytes) -> bytes:
    """Give the same picture in as many colours as fit into the limit."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    for colours in (256, 128, 64, 32):
        packed = io.BytesIO()
        image.quantize(colours, dither=Image.Dither.NONE).save(packed, "PNG", optimize=True)
        if packed.tell() <= LARGEST_BYTES:
            return packed.getvalue()
    raise SystemExit(f"the picture has more than {LARGEST_BYTES:,} bytes in 32 colours")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--report", type=Path, default=ROOT / "reports/latest")
    options.add_argument("--grafana", default=os.environ.get("GRAFANA", ""))
    chosen = options.parse_args()
    prefect, login = asyncio.run(wiring.prefect_url()), asyncio.run(wiring.prefect_login())
    shots = [
        *of_report(chosen.report),
        *of_prefect(prefect, login.read_text().strip() if login else ""),
        *of_grafana(chosen.grafana, chosen.report),
    ]
    if not shots:
        sys.exit("there is nothing to take a picture of: run `make demo` first")
    FOLDER.mkdir(exist_ok=True)
    found = next(filter(None, map(shutil.which, COMMANDS)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        for shot in shots:
            path = FOLDER / f"{shot.name}.png"
            path.write_bytes(small(taken(browser, shot)))
            print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes")  # noqa: T201
        browser.close()


if __name__ == "__main__":
    main()
