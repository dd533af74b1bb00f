"""Every command in the pages exists, with the options it is given; the safe ones are run."""

import os
import re
import shlex
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
import typer
import yaml
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema
from typer.main import get_command

from ironclad.adapters.runs.report_files import write_report
from ironclad.cli.app import app
from tests.fakes.game_day.evidence import sound_evidence
from tests.fakes.stack.product import BIN
from tests.places import ROOT

pytestmark = pytest.mark.data

OTHERS = ("README.md", "CONTRIBUTING.md", "game_days/README.md")
PAGES = sorted([*(ROOT / "docs").rglob("*.md"), *(ROOT / name for name in OTHERS)])
BLOCK = re.compile(r"^( *)```(?:console|sh|bash)\n(.*?)^\1```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"`([^`\n]+)`")
HEREDOC = re.compile(r"<<'?(\w+)'?\n.*?^\1$", re.MULTILINE | re.DOTALL)
TOOLS = ("ironclad", "make", "prefect", "python")
"""What is ours to answer for; `kubectl`, `psql` and others have manuals of their own."""

SAFE: dict[str, tuple[int, ...]] = {
    "status": (1,),
    "urls": (0,),
    "check": (0, 1),
    "halt status": (0,),
    "chaos status": (2,),
    "render": (0,),
    "slo generate": (0,),
    "game-day list": (0,),
    "game-day history": (0,),
    "game-day new": (0,),
    "game-day plan": (2, 4),
    "verdict": (0,),
}
"""Those that change nothing but files, with how they end where no stack is up."""


def commands(text: str) -> Iterator[tuple[str, ...]]:
    """Give each command of ours in a page: in blocks with their prompts, and between back-ticks."""
    for _, block in BLOCK.findall(text):
        lines = HEREDOC.sub("", dedent(block)).replace("\\\n", " ").splitlines()
        prompts = [line.removeprefix("$ ") for line in lines if line.startswith("$ ")]
        for line in prompts or lines:  # with prompts, the other lines are what was answered
            yield from _ours(line)
    for span in SPAN.findall(BLOCK.sub("", text)):
        yield from _ours(span)


def _ours(line: str) -> Iterator[tuple[str, ...]]:
    for part in re.split(r"&&|\|\||[|;]", line.replace("\N{HORIZONTAL ELLIPSIS}", "WHY")):
        try:
            words = shlex.split(part, comments=True)
        except ValueError:
            continue  # a sentence with an apostrophe is no command
        words = [word for word in words if not word.startswith("$")]
        while words and re.fullmatch(r"[A-Z_]+=\S*", words[0]):
            words = words[1:]
        if words and (name := words[0].removeprefix(".venv/bin/")) in TOOLS and len(words) > 1:
            yield (name, *words[1:])


FOUND = sorted({(page, words) for page in PAGES for words in commands(page.read_text())})


def of(tool: str) -> pytest.MarkDecorator:
    every = sorted({words[1:] for _, words in FOUND if words[0] == tool})
    return pytest.mark.parametrize("words", every, ids=" ".join)


def parsed(words: tuple[str, ...]) -> tuple[str, ...]:
    """Give the path of the command; raises what the command line would for a wrong option."""
    command: Any = get_command(app)
    rest = list(words)
    path: list[str] = []
    while isinstance(command, typer.core.TyperGroup):
        if not rest or rest[0].startswith("-") or rest[0] == "WHY":
            return tuple(path)
        path.append(rest[0])
        assert rest[0] in command.commands, f"there is no `ironclad {' '.join(path)}`"
        _, command, rest = command.resolve_command(typer.Context(command), rest)
    if rest:
        command.make_context(" ".join(path), rest)
    return tuple(path)


@of("ironclad")
def test_each_command_of_ours_takes_what_the_page_gives_it(words: tuple[str, ...]) -> None:
    assert parsed(words)


def test_a_command_with_a_wrong_option_would_be_found() -> None:
    with pytest.raises(typer.TyperException):
        parsed(("game-day", "run", "NAME", "--no-such-option"))
    with pytest.raises(AssertionError):
        parsed(("game-day", "sleep"))


@of("make")
def test_each_target_and_variable_is_in_the_makefile(words: tuple[str, ...]) -> None:
    makefile = (ROOT / "Makefile").read_text()
    for word in words:
        name, is_variable, _ = word.partition("=")
        pattern = rf"\$[({{]{name}\b|^{name} " if is_variable else rf"^{name}:.*## "
        known = re.search(pattern, makefile, re.MULTILINE) or re.search(rf"\b{name}[,)]", makefile)
        assert known, f"make {word}"


@cache
def deployments() -> dict[str, set[str]]:
    """Give the parameters of each deployment's flow."""
    declared = yaml.safe_load((ROOT / "prefect.yaml").read_text())["deployments"]
    known = {}
    for each in declared:
        entrypoint = str(ROOT / each["entrypoint"])
        flow: Flow[..., object] = load_flow_from_entrypoint(entrypoint, use_placeholder_flow=False)
        known[f"{flow.name}/{each['name']}"] = set(parameter_schema(flow.fn).properties)
    return known


@of("prefect")
def test_each_deployment_and_parameter_exists(words: tuple[str, ...]) -> None:
    if words[:2] != ("deployment", "run"):
        assert words[0] in {"deploy", "worker", "work-pool", "automation", "artifact", "server"}
        return
    assert words[2] in deployments()
    given = [words[at + 1] for at, word in enumerate(words) if word in {"-p", "--param"}]
    assert {pair.partition("=")[0] for pair in given} <= deployments()[words[2]]


@of("python")
def test_each_module_is_there(words: tuple[str, ...]) -> None:
    if words[0] != "-m":
        assert (ROOT / words[0]).is_file()
        return
    name = words[1].replace(".", "/")
    assert any((ROOT / path).is_file() for path in (f"{name}.py", f"{name}/__main__.py"))


def safe_ones() -> dict[str, tuple[str, ...]]:
    """Give one way to call each safe command that a page shows, the longest without a cluster."""
    ours = {words[1:] for _, words in FOUND if words[0] == "ironclad"}
    every = sorted((words for words in ours if "kubernetes" not in words), key=len)
    shown = {name: words for words in every for name in SAFE if " ".join(words).startswith(name)}
    assert set(shown) >= {"status", "game-day plan", "game-day new", "verdict", "game-day history"}
    return shown


SAFE_ONES = safe_ones()


@pytest.mark.parametrize("name", sorted(SAFE_ONES), ids=str)
def test_a_safe_command_does_what_the_page_says(name: str, tmp_path: Path) -> None:
    words = [str(tmp_path / "run") if w.startswith(("reports/", "BUNDLE")) else w
             for w in SAFE_ONES[name]]  # fmt: skip
    words = ["quick" if word == "NAME" else word for word in words]
    write_report(tmp_path / "run", sound_evidence())
    output = ["--output", str(tmp_path / "rules")] if name == "slo generate" else []
    experiments = {} if name == "game-day plan" else {"IRONCLAD_EXPERIMENTS": str(tmp_path)}
    ended = subprocess.run(  # noqa: S603 - our own command
        [str(BIN / "ironclad"), *words, *output],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "IRONCLAD_STATE": str(tmp_path / "state"),
            **experiments,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode in SAFE[name], ended.stderr
    assert "Traceback" not in ended.stderr
