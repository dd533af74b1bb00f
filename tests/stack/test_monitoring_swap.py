"""New rules and routes reach what runs without a restart, and wrong ones never reach it."""

import asyncio
import shutil
import subprocess
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import yaml

from ironclad.adapters.local.monitoring.configuration import Configuration
from ironclad.adapters.local.monitoring.programs import FOR_GRACE
from ironclad.adapters.local.monitoring.stage import Reloads
from ironclad.adapters.local.platform import LocalPlatform
from ironclad.adapters.programs.tools import PROMETHEUS
from ironclad.domain.alerting.receivers import Receiver, ReceiverKind
from ironclad.domain.stack.readiness import Condition
from ironclad.domain.stack.stack import Stage
from ironclad.errors import BadInputError
from tests.fakes.stack.live_stack import (
    LiveStack,
    StackSpec,
    becomes_true,
    options_in,
    tool_of_this_machine,
)
from tests.fakes.stack.product import free_port
from tests.places import ROOT

pytestmark = [pytest.mark.stack, pytest.mark.timeout(120)]

SHIPPED = ROOT / "monitoring/rules"
MORE = {"groups": [{"name": "more", "rules": [{"record": "a:b:c", "expr": "vector(1)"}]}]}
WRONG = {"groups": [{"name": "wrong", "rules": [{"record": "a:b:c", "expr": 'up{a=~"a++"}'}]}]}


@pytest.fixture
async def stack(live_stack: LiveStack) -> AsyncIterator[LiveStack]:
    yield live_stack
    await live_stack.up((Stage.MONITORING,))


@pytest.fixture
def rules(tmp_path: Path) -> Path:
    shutil.copytree(SHIPPED, tmp_path / "rules")
    return tmp_path / "rules"


def with_options(stack: LiveStack, **changes: Any) -> LocalPlatform:
    return LocalPlatform(replace(options_in(stack.root, StackSpec()), **changes))


async def pids(stack: LiveStack) -> list[int | None]:
    return [await stack.platform.supervisor.pid_of(name) for name in ("prometheus", "alertmanager")]


async def is_ready(platform: LocalPlatform) -> bool:
    """A rule group that was loaded a moment ago is not evaluated yet."""

    async def answers() -> bool:
        return (await platform.readiness(Stage.MONITORING)).condition is Condition.READY

    return await becomes_true(answers)


async def test_a_new_rule_file_is_read_without_a_restart(stack: LiveStack, rules: Path) -> None:
    """A restart turns firing alerts into pending ones; they would page once more."""
    before = await pids(stack)
    (rules / "more.yml").write_text(yaml.safe_dump(MORE))
    changed = await with_options(stack, rules=rules).apply(Stage.MONITORING)
    folder = stack.platform.folder.path / "prometheus/rules"
    assert changed.changed == ("prometheus reloaded", f"{folder}/more.yml written")
    assert await pids(stack) == before
    assert await is_ready(with_options(stack, rules=rules))

    back = await stack.platform.apply(Stage.MONITORING)
    assert back.changed == ("prometheus reloaded", f"{folder}/more.yml removed")
    assert not (folder / "more.yml").exists()


async def test_a_rule_that_prometheus_refuses_never_reaches_it(
    stack: LiveStack, rules: Path
) -> None:
    before = await pids(stack)
    (rules / "wrong.yml").write_text(yaml.safe_dump(WRONG))
    with pytest.raises(BadInputError, match=r"promtool refuses .*as it is: FAILED: .*wrong.*\+\+"):
        await with_options(stack, rules=rules).apply(Stage.MONITORING)
    assert await pids(stack) == before
    assert await is_ready(stack.platform)
    assert not list((stack.platform.folder.path / "prometheus").glob(".check-*"))


async def test_a_route_that_alertmanager_refuses_never_reaches_it(stack: LiveStack) -> None:
    before = await pids(stack)
    wrong = Receiver(name="chat", kind=ReceiverKind.SLACK, url="https://a.example/%zz-secret")
    with pytest.raises(BadInputError, match=r"amtool refuses .*alertmanager\.yml") as refused:
        await with_options(stack, receivers=(wrong,)).apply(Stage.MONITORING)
    assert "secret" not in str(refused.value)
    assert await pids(stack) == before
    assert await is_ready(stack.platform)


async def test_without_a_checker_what_is_refused_is_put_back(stack: LiveStack) -> None:
    """A Prometheus from the PATH may have no promtool beside it."""
    supervisor, url = stack.platform.supervisor, (await stack.platform.endpoints()).prometheus or ""
    folder = stack.platform.folder.path / "prometheus"
    before = await pids(stack)
    live = Configuration(folder=folder, files={}, main="prometheus.yml").read_live()
    wrong = replace(live, files={**live.files, "rules/wrong.yml": yaml.safe_dump(WRONG).encode()})
    with pytest.raises(BadInputError, match=r"refused its new configuration.*put back: .*wrong"):
        await Reloads(supervisor, "prometheus", url).swap(wrong)
    assert live.is_live()
    assert await pids(stack) == before
    assert await is_ready(stack.platform)


async def test_the_stacks_prometheus_keeps_short_alerts_over_a_restart(stack: LiveStack) -> None:
    pid = await stack.platform.supervisor.pid_of("prometheus")
    assert pid is not None
    assert FOR_GRACE in psutil.Process(pid).cmdline()


@pytest.mark.parametrize("flags", [(FOR_GRACE,), ()], ids=["with the flag", "without it"])
async def test_a_firing_alert_outlives_a_restart(tmp_path: Path, flags: tuple[str, ...]) -> None:
    """Its `for` of two seconds is below Prometheus' own grace period of ten minutes."""
    rule = {"alert": "Short", "expr": "vector(1)", "for": "2s"}
    group = {"name": "short", "interval": "1s", "rules": [rule]}
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [group]}))
    (tmp_path / "prometheus.yml").write_text(yaml.safe_dump({"rule_files": ["rules.yml"]}))
    with prometheus(tmp_path, *flags) as url:
        await firing_since(url)
    restarted = time.time()
    with prometheus(tmp_path, *flags) as url:
        is_kept = await firing_since(url) < restarted
    assert is_kept is bool(flags)


@contextmanager
def prometheus(folder: Path, *flags: str) -> Iterator[str]:
    address = f"127.0.0.1:{free_port()}"
    program = tool_of_this_machine(PROMETHEUS)
    command = [
        *(str(program), f"--config.file={folder}/prometheus.yml"),
        *(f"--storage.tsdb.path={folder}/data", f"--web.listen-address={address}", *flags),
    ]
    with (folder / "said").open("ab") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said)  # noqa: S603
    try:
        yield f"http://{address}"
    finally:
        process.terminate()
        process.wait(timeout=20)


async def firing_since(url: str) -> float:
    """Give when the one alert became active, as soon as it fires; the deadline is pytest's."""
    async with httpx.AsyncClient(base_url=url) as client:
        while True:
            try:
                alerts = (await client.get("/api/v1/alerts")).json()["data"]["alerts"]
            except (httpx.HTTPError, ValueError):  # it starts
                alerts = []
            for alert in alerts:
                if alert["state"] == "firing":
                    return parsed(alert["activeAt"])
            await asyncio.sleep(0.1)


def parsed(text: str) -> float:
    moment: float = yaml.safe_load(text).timestamp()
    return moment
