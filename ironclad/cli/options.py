"""Options that several commands share, each told once."""

from typing import Annotated

import typer

from ironclad.domain.stack import DEFAULT_STACK, PlatformName, StackRef, Stage, is_stack_name
from ironclad.errors import BadInputError

PlatformOption = Annotated[
    PlatformName, typer.Option("--platform", "-p", help="Where the stack lives.")
]
StackOption = Annotated[str, typer.Option("--stack", "-s", help="Name of the stack.")]
StageOption = Annotated[
    list[Stage] | None,
    typer.Option("--stage", help="Only this stage; may be given several times."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
ReplicasOption = Annotated[
    str, typer.Option("--replicas", help="Names, separated by commas; every replica if empty.")
]
DEFAULT_PLATFORM = PlatformName.LOCAL


def stack_ref(platform: PlatformName, stack: str = DEFAULT_STACK) -> StackRef:
    """Name a stack. Raises BadInputError for a name that could not be a folder or Namespace."""
    if not is_stack_name(stack):
        raise BadInputError(
            f"{stack!r} is not a stack name; use at most 40 lower-case letters, digits and hyphens,"
            " such as demo or team-a"
        )
    return StackRef(platform, stack)


def names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
