"""Each setting, option and key that a page or a message names exists.

A message once asked for the key `url_file`, and the file that then had it was refused.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ironclad.adapters.experiments.problems import document_schema
from ironclad.domain.kubernetes.parameters.keys import parameter_keys
from ironclad.settings import PREFIX, Settings
from tests.cli.test_commands_for_people import SOURCES, texts
from tests.docs.test_commands import BLOCK, PAGES, SPAN
from tests.fakes.stack.commands import commands
from tests.places import ROOT

pytestmark = pytest.mark.data

OTHER_PAGES = (ROOT / "Makefile", ROOT / "CONTRIBUTING.md", ROOT / "SECURITY.md")
NOT_SETTINGS = {"IRONCLAD_SUPERVISED", "IRONCLAD_COMPLETE", "IRONCLAD_PROJECT"}
"""The mark of what is supervised, the shell's own question, and a worker's folder."""

OF_OTHERS = {
    "--cni": "minikube",
    "--data-urlencode": "curl",
    "--field-selector": "kubectl",
    "--paper": "a colour in CSS",
}
OTHER_KEYS = {
    "spec.replicas",  # of a Deployment
    "metadata.annotations",  # of an objective
    "spec.objectives",
    "ironclad.budget.healthy",  # an event
    "ironclad.platform",  # a label of events
    "receivers.yaml",  # a file of one's own
    "circuitbreaker.py",  # of the library
}
OTHER_FIELDS = {"counter", "ask_first"}
"""Of an objective, and of a deployment's parameters."""

DOTTED = re.compile(r"[a-z][a-z_]*(\.[a-z_]+)+")
FIELD = re.compile(r"([a-z_]+): \S+")


def messages() -> Iterator[tuple[Path, str]]:
    for path in SOURCES:
        yield from ((path, str(each.value)) for each in texts(ast.parse(path.read_text())))


def spans() -> Iterator[tuple[Path, str]]:
    """Give what stands between back-ticks, in pages and in messages."""
    for path in PAGES:
        yield from ((path, each) for each in SPAN.findall(BLOCK.sub("", path.read_text())))
    for path, text in messages():
        yield from ((path, each) for each in SPAN.findall(text))


def missing(found: Iterator[tuple[Path, str]], known: Any) -> list[str]:
    return sorted({f"{path.relative_to(ROOT)}: {name}" for path, name in found if not known(name)})


def named_settings() -> Iterator[tuple[Path, str]]:
    for path in (*PAGES, *OTHER_PAGES, *SOURCES):
        yield from ((path, name) for name in re.findall(rf"{PREFIX}[A-Z_]+", path.read_text()))


@cache
def settings() -> frozenset[str]:
    return frozenset(f"{PREFIX}{each.name.upper()}" for each in fields(Settings)) | NOT_SETTINGS


@cache
def of_tests() -> str:
    return "\n".join(path.read_text() for path in (ROOT / "tests").rglob("*.py"))


def is_setting(name: str) -> bool:
    return name in settings() or (name.startswith(f"{PREFIX}TEST_") and name in of_tests())


def test_each_setting_that_is_named_is_read() -> None:
    found = list(named_settings())
    assert len(found) > 50
    assert missing(iter(found), is_setting) == []


def named_options() -> Iterator[tuple[Path, str]]:
    """Give those that stand alone; with their command they are tried elsewhere."""
    for path, span in spans():
        if span.startswith("--"):
            yield path, re.split(r"[ =\[]", span)[0]
    for path, text in messages():
        if " " in text and not text.startswith("--"):
            yield from ((path, each) for each in re.findall(r"(?<![\w-])--[a-z][a-z-]+", text))


@cache
def options() -> frozenset[str]:
    ours = {word for each in commands().values() for one in each.params for word in one.opts}
    return frozenset(ours) | {"--help", "--version", "--install-completion"} | OF_OTHERS.keys()


@cache
def of_tools() -> str:
    folders = (ROOT / name for name in ("benchmarks", "trials", "tools", "ironclad"))
    return "\n".join(path.read_text() for each in folders for path in each.rglob("*.py"))


def is_option(name: str) -> bool:
    """An option of the command line, or one that a program of ours declares."""
    return name in options() or f'add_argument("{name}"' in of_tools()


def test_each_option_that_is_named_exists() -> None:
    found = list(named_options())
    assert len(found) > 50
    assert missing(iter(found), is_option) == []


def resolved(schema: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Give every mapping that a schema may stand for."""
    defs = document_schema()["$defs"]
    inner = [*schema.get("anyOf", ()), *schema.get("oneOf", ()), schema.get("items", {})]
    if "$ref" in schema:
        inner.append(defs[schema["$ref"].rpartition("/")[2]])
    yield schema
    for each in filter(None, inner):
        yield from resolved(each)


def children(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: below
        for each in resolved(schema)
        for name, below in each.get("properties", {}).items()
    }


def leads_somewhere(schema: Mapping[str, Any], path: list[str]) -> bool:
    known = children(schema)
    return not path or (path[0] in known and leads_somewhere(known[path[0]], path[1:]))


def is_experiment_key(name: str) -> bool:
    """From the top, or from `expect`, whose parts the pages name for short."""
    top = document_schema()
    return any(leads_somewhere(each, name.split(".")) for each in (top, children(top)["expect"]))


def is_module(name: str) -> bool:
    place = ROOT / name.replace(".", "/")
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


@cache
def names_of_files() -> frozenset[str]:
    """Those of the checkout, and those that a run or a state folder has."""
    kept = {path.name for path in ROOT.rglob("*") if ".venv" not in path.parts}
    return frozenset(kept) | set(re.findall(r'"([a-z._]+)"', of_tools()))


def is_known(name: str) -> bool:
    groups = {key.rpartition(".")[0] for key in parameter_keys()}
    return (
        name in OTHER_KEYS | set(parameter_keys()) | groups
        or is_experiment_key(name)
        or name in names_of_files()
        or is_module(name)
    )


def test_each_dotted_name_is_a_key_a_parameter_a_module_or_a_file() -> None:
    found = [(path, span) for path, span in spans() if DOTTED.fullmatch(span)]
    assert len(found) > 80
    assert missing(iter(found), is_known) == []


@cache
def every_key() -> frozenset[str]:
    defs = document_schema()["$defs"].values()
    return frozenset(name for each in (document_schema(), *defs) for name in children(each))


def test_each_field_that_is_written_with_its_value_is_a_key() -> None:
    found = [
        (path, match[1])
        for path, span in spans()
        if (match := FIELD.fullmatch(span)) and path.suffix == ".md"
    ]
    assert len(found) > 3
    assert missing(iter(found), lambda name: name in every_key() | OTHER_FIELDS) == []


@pytest.mark.parametrize(
    ("is_there", "right", "wrong"),
    [
        (is_setting, "IRONCLAD_STATE", "IRONCLAD_STATES"),
        (is_option, "--ignore-budget", "--ignore-budgets"),
        (is_known, "expect.cost.objective", "expect.costs.objective"),
        (is_known, "faults.target.replicas", "faults.target.replica"),
        (is_known, "backend.requests.cpu", "backend.request.cpu"),
    ],
    ids=["setting", "option", "expectation", "target", "parameter"],
)
def test_a_name_that_there_is_not_would_be_found(is_there: Any, right: str, wrong: str) -> None:
    assert is_there(right)
    assert not is_there(wrong)
