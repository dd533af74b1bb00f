"""Options that several commands share."""

from typing import TYPE_CHECKING, Annotated

import typer

from ironclad import wiring
from ironclad.cli.terminal.completion import platforms, replicas, stacks
from ironclad.domain.stack.platforms import (
    KUBERNETES,
    LOCAL,
    PLATFORMS,
    PlatformName,
    platform_named,
)
from ironclad.domain.stack.stack import DEFAULT_STACK, StackRef, Stage
from ironclad.errors import BadInputError

if TYPE_CHECKING:
    from ironclad.domain.kubernetes.parameters.parameters import StackParameters


def _platform(name: str) -> PlatformName:
    try:
        return platform_named(name)
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


PlatformOption = Annotated[
    PlatformName,
    typer.Option(
        "--platform",
        "-p",
        metavar=f"[{'|'.join(PLATFORMS)}]",
        callback=_platform,
        autocompletion=platforms,
        help="Where the stack lives.",
    ),
]
StackOption = Annotated[
    str, typer.Option("--stack", "-s", help="Name of the stack.", autocompletion=stacks)
]
StageOption = Annotated[
    list[Stage] | None,
    typer.Option(
        "--stage",
        metavar="STAGE",
        help="Only namespace, secret, postgres, backend or monitoring; may be given several times.",
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
ReplicasOption = Annotated[
    str,
    typer.Option(
        "--replicas",
        help="Names, separated by commas; every replica if empty.",
        autocompletion=replicas,
    ),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="KEY=VALUE", help="A parameter in a cluster, many times."),
]
ForceOption = Annotated[
    bool, typer.Option("--force", help="Take fields over that another field manager holds.")
]
RecreateOption = Annotated[
    bool,
    typer.Option("--recreate", help="Make anew what cannot be changed in place; data stays."),
]
IgnoreBudgetOption = Annotated[
    bool,
    typer.Option("--ignore-budget", help="Change the backend with less than 10 % of a budget."),
]
KubernetesStackOption = Annotated[
    str, typer.Option("--stack", "-s", help="The Namespace; what the parameters say if empty.")
]
DEFAULT_PLATFORM = LOCAL


def parameters_of(values: list[str] | None) -> "StackParameters":
    """Read `--set`. Raises BadInputError that says which key or value, and what would be right."""
    from ironclad.domain.kubernetes.parameters.keys import read_pairs

    try:
        return read_pairs(values or ())
    except ValueError as error:
        raise BadInputError(f"--set: {error}") from error


def kubernetes_ref(stack: str, parameters: "StackParameters") -> StackRef:
    return stack_ref(KUBERNETES, stack or DEFAULT_STACK, parameters)


def stack_ref(
    platform: PlatformName, stack: str = DEFAULT_STACK, parameters: "StackParameters | None" = None
) -> StackRef:
    """Name a stack. Raises BadInputError for a name that could not be a folder or Namespace."""
    return wiring.named(platform, stack, parameters)


def known_ref(platform: PlatformName, stack: str) -> StackRef:
    """Name one that is there. Raises BadInputError that says which stacks this machine has."""
    return wiring.demand_known(stack_ref(platform, stack))


def names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
