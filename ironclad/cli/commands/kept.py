"""Settings that protect, kept where the stack lives: a group of verbs for each."""

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ironclad import wiring
from ironclad.cli.options import (
    DEFAULT_PLATFORM,
    JsonOption,
    PlatformOption,
    StackOption,
    stack_ref,
)
from ironclad.cli.terminal.console import err, out, print_json
from ironclad.domain.stack.commands import command
from ironclad.domain.stack.kept_setting import Kept, Setting
from ironclad.domain.stack.platforms import PlatformName
from ironclad.domain.stack.stack import DEFAULT_STACK, StackRef

AllOption = Annotated[bool, typer.Option("--all", help="Every stack on this machine.")]
SECRET = {Setting.NOTIFY, Setting.RECEIVERS}
"""What these keep are addresses, and often secrets."""

_GIVEN = {
    Setting.FREEZE: "A list such as [{from: Fri 16:00, to: Mon 08:00, why: weekend}], or a file.",
    Setting.NOTIFY: "A file with one address of Apprise's sort a line.",
    Setting.RECEIVERS: "A YAML file that lists receivers.",
}


def _app(setting: Setting, summary: str) -> typer.Typer:
    made = typer.Typer(help=summary, no_args_is_help=True)
    given = Annotated[
        str,
        typer.Argument(help=f"{_GIVEN[setting]} What {setting.variable} names if left out."),
    ]

    @made.command()
    def show(
        platform: PlatformOption = DEFAULT_PLATFORM,
        stack: StackOption = DEFAULT_STACK,
        everything: AllOption = False,  # noqa: FBT002
        json: JsonOption = False,  # noqa: FBT002
    ) -> None:
        """Say what is kept, by whom and since when."""
        refs = _chosen(platform, stack, everything=everything)
        known = {str(ref): asyncio.run(wiring.kept(ref, setting)) for ref in refs}
        if json:
            stacks = {name: _document(setting, kept) for name, kept in known.items()}
            print_json({"stacks": stacks})
            return
        for name, kept in known.items():
            out.print(f"{name}: {_sentence(setting, kept)}", markup=False)

    @made.command("set")
    def set_(
        text: given = "",
        platform: PlatformOption = DEFAULT_PLATFORM,
        stack: StackOption = DEFAULT_STACK,
        everything: AllOption = False,  # noqa: FBT002
    ) -> None:
        """Keep it, in the place of what is kept; every runner sees it at its next look."""
        for ref in _chosen(platform, stack, everything=everything):
            kept = asyncio.run(wiring.keep(ref, setting, text))
            out.print(f"{ref}: {_sentence(setting, kept)}", markup=False)
            if setting is Setting.RECEIVERS:
                out.print(f"{command('up', ref)} tells Alertmanager", markup=False)

    @made.command()
    def clear(
        platform: PlatformOption = DEFAULT_PLATFORM,
        stack: StackOption = DEFAULT_STACK,
        everything: AllOption = False,  # noqa: FBT002
    ) -> None:
        """Keep nothing any more; the only way to lose it."""
        for ref in _chosen(platform, stack, everything=everything):
            was = asyncio.run(wiring.forget(ref, setting))
            text = (
                f"no longer kept: the {setting} {was.origin}" if was else f"no {setting} was kept"
            )
            out.print(f"{ref}: {text}", markup=False)

    return made


freeze = _app(Setting.FREEZE, "When no game day may run, kept with the stack.")
notify = _app(Setting.NOTIFY, "Who gets notices of game days, kept with the stack.")
receivers = _app(Setting.RECEIVERS, "Who gets alerts, kept with the stack.")


def print_conflicts(conflicts: Sequence[str]) -> None:
    for conflict in conflicts:
        err.print(f"ironclad: {conflict}", markup=False)


def _chosen(platform: PlatformName, stack: str, *, everything: bool) -> Sequence[StackRef]:
    return wiring.every_stack(platform) if everything else (stack_ref(platform, stack),)


def _sentence(setting: Setting, kept: Kept | None) -> str:
    if kept is None:
        return f"no {setting} is kept"
    return f"{setting} kept {kept.origin}: {_shown(setting, kept)}"


def _shown(setting: Setting, kept: Kept) -> str:
    """Never an address: it is often a secret."""
    if setting in SECRET:
        return f"{len(kept.text.splitlines())} lines, which are not shown"
    return " ".join(kept.text.split())


def _document(setting: Setting, kept: Kept | None) -> dict[str, Any] | None:
    if kept is None:
        return None
    return {"who": kept.who, "since": kept.since, "value": _shown(setting, kept)}
