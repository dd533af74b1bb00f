"""Each printed command exists, takes what it is given, and names the stack that it is about.

The advice after a failed `up --stack other` was `ironclad down --delete-data`, which would have
deleted the data of another stack.
"""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from ironclad.adapters.files.halt import FileHalt
from ironclad.adapters.local.folder import StackFolder
from ironclad.adapters.local.options import LocalOptions
from ironclad.adapters.local.secret import SecretStage
from ironclad.adapters.local.stack import LocalStack
from ironclad.domain.stack.commands import command
from ironclad.domain.stack.platforms import KUBERNETES, LOCAL
from ironclad.domain.stack.stack import StackRef
from ironclad.errors import StateError
from tests.fakes.stack.commands import commands
from tests.places import ROOT

pytestmark = pytest.mark.data

KNOWN = commands()
OTHER = StackRef(KUBERNETES, "other")
QUOTED = re.compile(r"`ironclad ([^`]*)`?")
SOURCES = sorted(
    path for top in ("ironclad", "flows", "tasks") for path in (ROOT / top).rglob("*.py")
)


def texts(tree: ast.AST) -> Iterator[ast.Constant]:
    """Give each text but those that stand alone, which are for readers of the source."""
    alone = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in alone:
            yield node


def spelt_out() -> Iterator[tuple[str, str]]:
    for path in SOURCES:
        for text in texts(ast.parse(path.read_text())):
            for words in filter(None, QUOTED.findall(str(text.value))):
                yield str(path.relative_to(ROOT)), words


def is_ours(call: ast.Call) -> bool:
    return getattr(call.func, "id", "") == "command"


def first(call: ast.Call) -> list[str]:
    """Give the words; none of those that are put together when it runs."""
    words = call.args[0]
    return [str(words.value)] if isinstance(words, ast.Constant) else []


def built() -> Iterator[tuple[str, str]]:
    """Give the first argument of each call of the one function that builds commands."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and is_ours(node) and node.args:
                yield from ((str(path.relative_to(ROOT)), words) for words in first(node))


def found(words: str) -> tuple[typer.core.TyperCommand, list[str]]:
    given = shlex.split(words)
    for length in (2, 1):
        if known := KNOWN.get(tuple(given[:length])):
            return known, given[length:]
    raise AssertionError(f"there is no `ironclad {words}`")


def takes_a_stack(known: typer.core.TyperCommand) -> bool:
    return any(parameter.name == "stack" for parameter in known.params)


ABOUT_NO_STACK = {
    *(
        "ironclad/report/model/document.py",
        "ironclad/cli/app.py",
        "ironclad/wiring/kept_settings.py",
        "ironclad/wiring/platforms/kubernetes_tools.py",
    ),
}
"""They speak of a command as such (a page, a schema, a list), or of a stack yet to be made."""


@pytest.mark.parametrize(("where", "words"), sorted(set(spelt_out())))
def test_a_command_that_is_spelt_out_is_about_no_one_stack(where: str, words: str) -> None:
    known, rest = found(words.replace("{name}", "NAME"))

    if where not in ABOUT_NO_STACK and "plan" not in words:
        assert not takes_a_stack(known) or "--all" in rest, f"{where}: build it by `command`"


@pytest.mark.parametrize(("where", "words"), sorted(set(built())))
def test_a_command_that_is_built_takes_what_it_is_given(where: str, words: str) -> None:
    known, rest = found(command(words, OTHER).strip("`").removeprefix("ironclad "))

    context = known.make_context(words, rest)
    assert context.params["stack"] == "other", where
    assert context.params["platform"] == "kubernetes", where


def test_both_tests_would_find_something() -> None:
    assert len(list(built())) >= 20
    assert len(list(spelt_out())) >= 8


def other_stack(root: Path) -> LocalStack:
    return LocalStack(LocalOptions(root=root, stack="other"))


async def test_the_advice_to_delete_data_names_the_stack_that_was_brought_up(
    tmp_path: Path,
) -> None:
    StackFolder(tmp_path, "other").data.mkdir(parents=True)

    with pytest.raises(
        StateError, match="`ironclad down --delete-data --platform local --stack other`"
    ):
        await SecretStage(other_stack(tmp_path)).apply()


async def test_the_advice_to_bring_a_stack_up_names_it(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="`ironclad up --platform local --stack other`"):
        other_stack(tmp_path).record()


def test_the_tools_of_a_stack_name_it_in_what_they_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Lock, ledger and switch are files; the wiring tells them whose they are."""
    from ironclad.settings import settings  # noqa: PLC0415
    from ironclad.wiring.platforms import local_tools  # noqa: PLC0415

    monkeypatch.setenv("IRONCLAD_STATE", str(tmp_path))
    settings.cache_clear()
    tools = local_tools.toolbox(StackRef(LOCAL, "other"))
    settings.cache_clear()

    assert isinstance(tools.halt, FileHalt)
    for each in (tools.halt, tools.lock, tools.ledger):
        assert vars(each)["_of"].name == "other"
