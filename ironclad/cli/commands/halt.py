"""The red switch: while it is on, no game day runs or starts. Deploys are no game days."""

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
    known_ref,
    stack_ref,
)
from ironclad.cli.terminal.console import err, out, print_json
from ironclad.domain.stack.kept_setting import Halt
from ironclad.domain.stack.platforms import PlatformName
from ironclad.domain.stack.stack import DEFAULT_STACK, StackRef
from ironclad.errors import IroncladError

app = typer.Typer(
    help="The red switch: running game days end and undo, new ones are refused.",
    no_args_is_help=True,
)

WhyOption = Annotated[str, typer.Option("--why", help="Why; a refused run names it.")]
AllOption = Annotated[bool, typer.Option("--all", help="Every stack on this machine.")]


@app.command()
def on(
    platform: PlatformOption = DEFAULT_PLATFORM,
    stack: StackOption = DEFAULT_STACK,
    why: WhyOption = "",
    everything: AllOption = False,  # noqa: FBT002
) -> int:
    """Halt game days, and wait until every fault is seen to be off; 1 if one is not."""
    if not everything:
        return 0 if _turn_on(stack_ref(platform, stack), why) else 1
    calm = [_try_to_turn_on(ref, why) for ref in wiring.every_stack(platform)]
    return 0 if all(calm) else 1


@app.command()
def off(
    platform: PlatformOption = DEFAULT_PLATFORM,
    stack: StackOption = DEFAULT_STACK,
    everything: AllOption = False,  # noqa: FBT002
) -> int:
    """Let game days start again."""
    for ref in _chosen(platform, stack, everything=everything):
        was = asyncio.run(wiring.end_halt(ref))
        state = f"no more {was.sentence}" if was else "not halted"
        out.print(f"{ref}: {state}", markup=False)
    return 0


@app.command()
def status(
    platform: PlatformOption = DEFAULT_PLATFORM,
    stack: StackOption = DEFAULT_STACK,
    everything: AllOption = False,  # noqa: FBT002
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Say whether the switch is on, by whom and why; 1 if it is."""
    refs = _chosen(platform, stack, everything=everything)
    known = {str(ref): asyncio.run(wiring.halt_of(ref)) for ref in refs}
    if json:
        print_json({"stacks": {name: _document(halt) for name, halt in known.items()}})
    else:
        for name, halt in known.items():
            out.print(f"{name}: {halt.sentence if halt else 'not halted'}", markup=False)
    return 1 if any(known.values()) else 0


def _try_to_turn_on(ref: StackRef, why: str) -> bool:
    """Go on to the next stack whatever becomes of this one."""
    try:
        return _turn_on(ref, why)
    except IroncladError as error:
        err.print(f"ironclad: {ref}: {error}", markup=False)
        return False


def _turn_on(ref: StackRef, why: str) -> bool:
    left_on = asyncio.run(wiring.halt(ref, why))
    out.print(f"{ref} is halted; {left_on.sentence}", markup=False)
    return not left_on.remaining


def _chosen(platform: PlatformName, stack: str, *, everything: bool) -> Sequence[StackRef]:
    return wiring.every_stack(platform) if everything else (known_ref(platform, stack),)


def _document(halt: Halt | None) -> dict[str, Any]:
    if halt is None:
        return {"halted": False}
    return {"halted": True, "who": halt.who, "why": halt.why, "since": halt.since}
