"""What a person reads of commands that say much or take long, wide and narrow, also without colour.

A fake cluster and small programs stand in for what they ask.
"""

import os
import re
from pathlib import Path

import httpx
import pytest
import yaml

from tests.cli.test_commands_on_a_terminal import typed
from tests.fakes.kube.outlet import Outlet
from tests.fakes.stack.terminal import Terminal, unwrapped

KINDS = [
    pytest.param(80, {}, id="80 columns"),
    pytest.param(60, {"NO_COLOR": "1"}, id="60 columns, NO_COLOR"),
    pytest.param(60, {"TERM": "dumb"}, id="60 columns, dumb"),
]
each_kind = pytest.mark.parametrize(("columns", "environment"), KINDS)
PLAIN = "default"
PROGRAM = """#!/bin/sh
echo "Step 1 of 2: [base]"
until read go < {go}; do :; done
"""
"""It reads again where the test has not yet closed what the program before has read."""


def read(terminal: Terminal, code: int) -> list[str]:
    """Wait for the end, and give the screen's lines; what leaves it in disorder fails."""
    ended = terminal.end()
    screen = terminal.screen
    assert ended == code, screen
    assert "Traceback" not in screen
    assert "\N{REPLACEMENT CHARACTER}" not in screen
    assert not terminal.cursor_is_hidden
    return screen.splitlines()


@pytest.fixture
def cluster(tmp_path: Path, outlet: Outlet) -> Outlet:
    """One where somebody else owns a field of the backend's Service."""
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(outlet.kube.kubeconfig()))
    outlet.kube.put(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ironclad-demo"}}
    )
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "backend"},
        "spec": {"selector": {"app": "shop"}},
    }
    path = "/api/v1/namespaces/ironclad-demo/services/backend?fieldManager=someone"
    headers = {"Authorization": "Bearer good", "Content-Type": "application/apply-patch+yaml"}
    httpx.patch(f"{outlet.kube.url}{path}", json=service, headers=headers).raise_for_status()
    return outlet


@each_kind
@pytest.mark.usefixtures("cluster")
def test_a_diff_names_each_object_on_a_line_of_its_own(
    tmp_path: Path, columns: int, environment: dict[str, str]
) -> None:
    given = {**environment, "KUBECONFIG": str(tmp_path / "kubeconfig")}
    with typed(tmp_path, "diff", "--stage", "backend", columns=columns, **given) as terminal:
        lines = read(terminal, 2)

    assert "backend: + Deployment/backend" in lines
    assert "backend: ~ Service/backend" in lines
    changed = next(line for line in lines if ".spec.selector.app" in line)
    assert changed.startswith('    .spec.selector.app: "shop" → "backend" (owned by someone')
    refused = "ironclad: a deploy would be refused: context fake: Service/backend .spec.selector"
    assert unwrapped(refused) in unwrapped(terminal.screen)
    assert terminal.colour("backend: +") == PLAIN


@each_kind
def test_what_is_rendered_is_yaml_on_the_screen_too(
    tmp_path: Path, columns: int, environment: dict[str, str]
) -> None:
    """Nothing is added to it, neither colours nor breaks of lines: people copy it."""
    with typed(
        tmp_path, "render", "--stage", "namespace", columns=columns, **environment
    ) as terminal:
        lines = read(terminal, 0)

    documents = list(yaml.safe_load_all("\n".join(lines)))
    assert [each["kind"] for each in documents][:1] == ["Namespace"]
    assert len(documents) > 1


@each_kind
def test_each_file_of_rules_that_is_written_is_named(
    tmp_path: Path, columns: int, environment: dict[str, str]
) -> None:
    words = ("slo", "generate", "--output", "rules")
    with typed(tmp_path, *words, columns=columns, **environment) as terminal:
        lines = read(terminal, 0)

    assert sorted(lines) == [
        f"wrote rules/{path.name}" for path in sorted(tmp_path.glob("rules/*"))
    ]
    assert len(lines) == 3


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder of programs, each of which says a line and waits until it may go on."""
    folder = tmp_path / "bin"
    folder.mkdir()
    os.mkfifo(tmp_path / "go")
    for name in ("docker", "minikube"):
        (folder / name).write_text(PROGRAM.format(go=tmp_path / "go"))
        (folder / name).chmod(0o755)
    return folder


BUILT = ["build ironclad-backend", "build ironclad"]
PUSHED = ["tag ironclad-backend", "push ironclad-backend", "tag ironclad", "push ironclad"]
LOADED = ["save ironclad-backend", "load ironclad-backend", "save ironclad", "load ironclad"]
STEPS = {
    "image build": BUILT,
    "image push registry.example.org/team": PUSHED,
    "image load minikube": LOADED,
    "minikube start": ["minikube start"],
}


def said(step: str, dumb: object) -> str:
    """A bar beside which the last line stands, or a line where a bar cannot be drawn."""
    bar = r": \d+ s" if dumb else r" +[ ━╸╺]+ \d:\d\d:\d\d"
    return rf"(?m)^ *{step}{bar}"


@each_kind
@pytest.mark.parametrize("words", STEPS)
def test_what_takes_minutes_says_what_it_does_and_shows_its_last_line(
    tmp_path: Path, programs: Path, words: str, columns: int, environment: dict[str, str]
) -> None:
    """For up to half an hour nothing at all was on the screen."""
    given = {**environment, "PATH": str(programs)}
    with typed(tmp_path, *words.split(), columns=columns, **given) as terminal:
        for step in STEPS[words]:
            terminal.until(re.compile(said(step, environment.get("TERM"))).search)
            (tmp_path / "go").write_text("go\n")
        lines = read(terminal, 0)

    drawn = 0 if "TERM" in environment else len(STEPS[words])
    assert sum("━" in line for line in lines) == drawn
    assert not re.search("[╸╺]", terminal.screen)
    if words.startswith("image"):
        assert re.search(
            r"ironclad(registry\S+/)?ironclad:[0-9a-f]{16}$", unwrapped(terminal.screen)
        )


@each_kind
def test_the_last_line_of_a_long_command_stands_beside_its_bar(
    tmp_path: Path, programs: Path, columns: int, environment: dict[str, str]
) -> None:
    given = {**environment, "PATH": str(programs)}
    with typed(tmp_path, "minikube", "start", columns=columns, **given) as terminal:
        terminal.until("Step 1 of 2")
        (tmp_path / "go").write_text("go\n")
        read(terminal, 0)
