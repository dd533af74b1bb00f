"""The rules of the house that import contracts cannot say."""

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.places import ROOT

MODULES = sorted(
    path
    for folder in ("ironclad", "flows", "tasks", "backend")
    for path in (ROOT / folder).rglob("*.py")
)
DOMAIN = [path for path in MODULES if path.is_relative_to(ROOT / "ironclad/domain")]
DEFINITIONS = {"re2"}
"""Pure libraries that define what a value means: a matcher's expression is RE2, never Python's."""


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            yield node.module or ""


def attributes(path: Path) -> set[str]:
    return {
        f"{node.value.id}.{node.attr}"
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", DOMAIN, ids=name_of)
def test_the_domain_uses_the_standard_library_and_itself_alone(path: Path) -> None:
    foreign = {
        name
        for name in imported(path)
        if name.split(".")[0] not in sys.stdlib_module_names | DEFINITIONS
        and not name.startswith(("ironclad.domain", "ironclad.errors"))
    }
    assert foreign == set()


def constants(path: Path) -> list[str]:
    return [
        target.id
        for node in ast.parse(path.read_text()).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    ]


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_no_module_names_two_constants_alike(path: Path) -> None:
    """Two merged modules once shared `FILE`, and the history was read from the other's file."""
    assert len(constants(path)) == len(set(constants(path)))


CLOCKS_AND_FILES = {
    "time.time",
    "time.monotonic",
    "time.sleep",
    "datetime.now",
    "datetime.utcnow",
    "os.environ",
    "logging.getLogger",
}


@pytest.mark.parametrize("path", DOMAIN, ids=name_of)
def test_the_domain_reads_no_clock_no_environment_and_writes_no_log(path: Path) -> None:
    assert attributes(path) & CLOCKS_AND_FILES == set()
    assert not set(imported(path)) & {"asyncio", "logging", "subprocess", "socket", "pathlib"}


def test_only_the_settings_read_the_environment() -> None:
    """The command line sets Prefect's before it is imported; children get one made for them."""
    readers = {
        name_of(path)
        for path in MODULES
        if {"os.environ", "os.getenv"} & attributes(path)
        and not path.is_relative_to(ROOT / "backend")
    }
    assert readers <= {
        "ironclad/settings.py",
        "ironclad/cli/runtime.py",
    }


def test_prefect_is_imported_in_flows_and_tasks_alone() -> None:
    strangers = {
        name_of(path)
        for path in MODULES
        if any(name.split(".")[0] == "prefect" for name in imported(path))
        and path.relative_to(ROOT).parts[0] not in {"flows", "tasks"}
    }
    assert strangers == set()


@pytest.mark.parametrize(
    "path", sorted((ROOT / "flows").glob("*.py")), ids=lambda path: str(path.name)
)
def test_a_flow_file_holds_flows_and_nothing_else(path: Path) -> None:
    """Prefect loads it under a second name: a class defined there would exist twice."""
    kinds = {type(node) for node in ast.parse(path.read_text()).body}
    assert kinds <= {ast.Expr, ast.Import, ast.ImportFrom, ast.AsyncFunctionDef}


def documentation(node: ast.AsyncFunctionDef | ast.FunctionDef) -> int:
    """Count the lines of its docstring: a flow's tells people in the UI of every parameter."""
    first = node.body[0]
    is_text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return (first.end_lineno or first.lineno) - first.lineno + 1 if is_text else 0


@pytest.mark.parametrize(("folder", "limit"), [("flows", 40), ("tasks", 25)])
def test_flows_and_tasks_stay_thin(folder: str, limit: int) -> None:
    for path in (ROOT / folder).glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1 - documentation(node)
                assert length <= limit, f"{name_of(path)}: {node.name} has {length} lines"


def test_every_adapter_has_its_place_in_a_contract_without_exemptions() -> None:
    """A leading underscore once meant that siblings might share a module."""
    rules = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (siblings,) = (
        one for one in rules["contracts"] if one.get("containers") == ["ironclad.adapters"]
    )
    folder = ROOT / "ironclad/adapters"
    there = {each.parent.name for each in folder.glob("*/__init__.py")}
    there |= {each.stem for each in folder.glob("*.py")} - {"__init__"}

    assert {name for layer in siblings["layers"] for name in layer.split(" | ")} == there
    assert siblings["exhaustive"]
    assert not any("ignore_imports" in one for one in rules["contracts"])
    assert not [one for one in folder.rglob("_*.py") if one.name != "__init__.py"]
