"""A program can read what each command says, and why it failed."""

import json
from pathlib import Path

import pytest

from tests.cli.test_command_line import ironclad
from tests.fakes.stack.commands import commands


@pytest.mark.parametrize("path", sorted(commands()), ids=" ".join)
def test_every_command_has_the_option(path: tuple[str, ...]) -> None:
    assert "json" in {parameter.name for parameter in commands()[path].params}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("halt", "on"), "to halt"),
        (("up", "--platform", "mars"), "'mars' is no platform"),
        (("status", "--stack", "nope"), "no stack nope"),
        (("game-day", "plan", "no-such"), "no experiment 'no-such'"),
    ],
    ids=str,
)
def test_an_error_is_a_document_with_the_same_exit_code(
    tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    plain = ironclad(tmp_path, *words)
    ended = ironclad(tmp_path, *words, "--json")

    document = json.loads(ended.stdout)
    assert document["exit_code"] == ended.returncode == plain.returncode == 2
    assert said in document["error"]
    assert ended.stderr == ""


def test_a_command_without_a_document_of_its_own_says_what_it_did(tmp_path: Path) -> None:
    ended = ironclad(tmp_path, "slo", "generate", "--output", "rules", "--json")

    document = json.loads(ended.stdout)
    assert document["exit_code"] == ended.returncode == 0
    assert "wrote rules/ironclad.yml" in document["messages"]


OBJECTS = {
    "check": "findings",
    "freeze show": "stacks",
    "game-day history": "runs",
    "game-day list": "experiments",
    "game-day plan": "refused",
    "halt status": "stacks",
    "status": "stages",
    "urls": "urls",
}


@pytest.mark.parametrize("words", OBJECTS)
def test_a_document_is_an_object_with_the_version_of_its_form(tmp_path: Path, words: str) -> None:
    """A bare list cannot carry a version, nor a second key."""
    document = json.loads(ironclad(tmp_path, *words.split(), "--json").stdout)

    assert document["schema_version"] == "1.0"
    assert OBJECTS[words] in document
