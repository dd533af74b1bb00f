"""A group of commands whose modules are imported when one of them is asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command


@dataclass(frozen=True, slots=True)
class Verb:
    """Where a command, or a group of them, is written; and its line in the list of all."""

    where: str
    help: str


class Unloaded(TyperCommand):
    """Stands for a command in help and completion, which need its name and its line alone."""

    def __init__(self, name: str, verb: Verb) -> None:
        super().__init__(name, help=verb.help, rich_markup_mode=None)
        self._where = verb.where

    def load(self) -> Any:
        """Import it and give it as the command line knows it."""
        return loaded(str(self.name), self._where)


class LazyGroup(TyperGroup):
    verbs: ClassVar[Mapping[str, Verb]] = {}

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.commands = {name: Unloaded(name, verb) for name, verb in self.verbs.items()}

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        _spare_pydantic(self)
        return super().parse_args(ctx, args)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        name, command, rest = super().resolve_command(ctx, args)
        return name, command.load() if isinstance(command, Unloaded) else command, rest


def loaded(name: str, where: str) -> Any:
    from ironclad.cli.terminal.machine_readable import with_json

    module, _, attribute = where.partition(":")
    target = getattr(import_module(module), attribute)
    holder = typer.Typer(add_completion=False, rich_markup_mode=None)
    holder.callback()(_nothing)
    if isinstance(target, typer.Typer):
        for each in target.registered_commands:
            each.callback = with_json(each.callback) if each.callback else None
        holder.add_typer(target, name=name)
    else:
        holder.command(name)(with_json(target))
    group: Any = get_command(holder)
    made = group.commands[name]
    for command in (made, *getattr(made, "commands", {}).values()):
        _spare_pydantic(command)
    return made


def _spare_pydantic(command: Any) -> None:
    """Typer has pydantic look at each value, also where it has its type: most of a short command.

    What a person has written in another type, such as a number, takes Typer's own way.
    """
    for parameter in command.get_params(typer.Context(command)):  # with `--help`
        parameter.process_value = partial(_processed, parameter, parameter.process_value)


def _processed(parameter: Any, whole: Callable[[Any, Any], Any], ctx: Any, value: Any) -> Any:
    annotation = parameter.type_descriptor.annotation
    if value is None and not parameter.required:
        value = () if parameter.multiple else None
    elif type(value) is not getattr(annotation, "__supertype__", annotation):
        return whole(ctx, value)
    return parameter.callback(ctx, parameter, value) if parameter.callback else value


def _nothing() -> None: ...
