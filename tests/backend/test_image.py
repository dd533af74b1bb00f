"""The Dockerfile, as far as it can be checked without an engine."""

import re
import sys
from importlib.metadata import distribution

import pytest

from tests.places import ROOT

LINES = (ROOT / "backend/Dockerfile").read_text().replace("\\\n", " ").splitlines()
FINAL = LINES[max(n for n, line in enumerate(LINES) if line.startswith("FROM")) :]
REQUIREMENTS = [
    line
    for line in (ROOT / "backend/requirements.txt").read_text().splitlines()
    if not line.startswith("#")
]


def words(lines: list[str], instruction: str) -> list[list[str]]:
    return [line.split()[1:] for line in lines if line.startswith(f"{instruction} ")]


def test_everything_it_copies_is_there() -> None:
    copied = [
        source
        for arguments in words(LINES, "COPY")
        if not arguments[0].startswith("--from=")
        for source in arguments[:-1]
    ]
    assert copied
    assert [source for source in copied if not (ROOT / source).exists()] == []


def test_it_runs_as_a_user_that_is_a_number_and_not_root() -> None:
    [[user]] = words(FINAL, "USER")
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)


def test_no_instruction_goes_through_a_shell() -> None:
    commands = [line for line in LINES if re.match(r"(RUN|CMD|ENTRYPOINT) ", line)]
    assert commands
    assert [line for line in commands if not line.split(maxsplit=1)[1].startswith("[")] == []


@pytest.mark.parametrize("module", re.findall(r'"-m", "(backend[^"]*)"', "\n".join(LINES)))
def test_every_module_it_runs_is_there(module: str) -> None:
    path = ROOT / module.replace(".", "/")
    assert path.with_suffix(".py").exists() or (path / "__main__.py").exists()


@pytest.mark.parametrize("requirement", REQUIREMENTS)
def test_requirements_are_bare_names_with_a_pinned_version(requirement: str) -> None:
    name = requirement.partition("[")[0]
    assert re.fullmatch(r"[a-z0-9-]+(\[[a-z]+\])?", requirement)
    pins = (ROOT / "constraints.txt").read_text()
    assert re.search(rf"^{name}==", pins, re.MULTILINE)
    assert distribution(name)


def test_every_library_the_service_imports_is_required() -> None:
    provided = {name.partition("[")[0].replace("-", "_") for name in REQUIREMENTS}
    imported = {
        found
        for file in (ROOT / "backend").rglob("*.py")
        for found in re.findall(r"^\s*(?:from|import) (\w+)", file.read_text(), re.MULTILINE)
    }
    foreign = imported - set(sys.stdlib_module_names) - {"backend", "opentelemetry"}
    assert foreign <= provided
