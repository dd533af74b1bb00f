"""The page of the command line: every command with its arguments and options."""

from collections.abc import Iterator
from typing import Any

from typer.main import get_command

from ironclad.cli.app import app
from ironclad.cli.lazy import Unloaded
from tools.reference.markdown import code, table

Words = tuple[str, ...]

_ABOUT = """
Every command prints the same with `--help`. The option `--install-completion` lets bash, zsh and
fish complete commands, experiments, stacks, reports, kinds of fault, alerts and replicas.

[Exit codes](exit-codes.md) has a page of its own.
"""


def groups_and_commands(command: Any = None, words: Words = ()) -> Iterator[tuple[Words, Any]]:
    """Give each with the words that lead to it, those whose modules are not imported yet too."""
    group: Any = command or get_command(app)
    for name, each in group.commands.items():
        below = each.load() if isinstance(each, Unloaded) else each
        yield (*words, name), below
        if hasattr(below, "commands"):
            yield from groups_and_commands(below, (*words, name))


def body() -> str:
    return f"{_ABOUT}\n" + "\n".join(_section(*each) for each in groups_and_commands())


def _section(words: Words, command: Any) -> str:
    mark = "#" * (len(words) + 1)
    text = f"{mark} `ironclad {' '.join(words)}`\n\n{_sentence(command.help or '')}\n"
    rows = [_row(each) for each in getattr(command, "params", ()) if each.name != "help"]
    if rows and not hasattr(command, "commands"):
        text += "\n" + table(("argument or option", "default", "meaning"), rows)
    return text


def _row(parameter: Any) -> tuple[str, str, str]:
    is_option = parameter.param_type_name == "option"
    name = parameter.metavar or (parameter.name or "").upper()
    shown = ", ".join(map(code, parameter.opts if is_option else [name]))
    return shown, _default(parameter), getattr(parameter, "help", "") or "See above."


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    default = parameter.default
    if getattr(parameter, "is_flag", False):
        return "on" if default else "off"
    if callable(default) or default is None or default == ():
        return "none"
    return code(getattr(default, "value", default))


def _sentence(text: str) -> str:
    return " ".join(text.split())
