"""Images of this checkout: build, load into a cluster on this machine, push."""

import asyncio
from collections.abc import Coroutine
from typing import Annotated, Any

import typer

from ironclad import wiring
from ironclad.cli.terminal.console import live_progress, out

app = typer.Typer(help="The two images, tagged by their content.", no_args_is_help=True)
minikube = typer.Typer(help="A cluster on this machine.", no_args_is_help=True)

ContextArgument = Annotated[
    str, typer.Argument(help="A minikube or kind context; the current one if empty.")
]
RegistryArgument = Annotated[str, typer.Argument(help="Such as registry.example.org/team.")]


@app.command()
def build() -> None:
    """Build both with docker or buildah."""
    _show(wiring.images().build())


@app.command()
def load(context: ContextArgument = "") -> None:
    """Copy them into a minikube or kind cluster."""
    _show(wiring.images().load(context or wiring.current_context()))


@app.command()
def push(registry: RegistryArgument) -> None:
    """Push them; who may is between the builder and the registry. `up` then takes these names."""
    _show(wiring.images().push(registry))


@minikube.command()
def start() -> None:
    """Start minikube with what the stack needs: 4 CPUs, 8 GB, Calico, metrics-server."""
    with live_progress():
        asyncio.run(wiring.start_minikube())


def _show(making: Coroutine[Any, Any, dict[str, str]]) -> None:
    with live_progress():
        references = asyncio.run(making)
    for name, reference in references.items():
        out.print(f"{name:>18}  {reference}", markup=False)
