"""The machine's Prefect server, and what is registered where."""

import asyncio
from collections.abc import Sequence
from typing import Annotated

import typer

from ironclad import wiring
from ironclad.cli import runtime
from ironclad.cli.commands.kept import print_conflicts
from ironclad.cli.options import KubernetesStackOption, kubernetes_ref
from ironclad.cli.terminal.console import err, live_progress, out
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.stack.platforms import KUBERNETES

app = typer.Typer(help="Prefect: server, worker, deployments.", no_args_is_help=True)

PoolArgument = Annotated[str, typer.Argument(help="The work pool of your workers.")]


ResetOption = Annotated[bool, typer.Option("--reset", help="Put back what was changed in Prefect.")]
KubernetesOption = Annotated[
    bool, typer.Option("--kubernetes", help="Register what is for clusters as well.")
]


@app.command()
def up(
    kubernetes: KubernetesOption = False,  # noqa: FBT002
    reset: ResetOption = False,  # noqa: FBT002
) -> None:
    """Start the server and a worker, and register every deployment; again it only registers.

    What a person changed in Prefect stays, and is named. Where PREFECT_API_URL names a server, only
    the worker runs here.
    """
    if kubernetes and (news := wiring.remember_cluster()):
        err.print(news, markup=False)
    with live_progress():
        err.print("1/2  Prefect server, its UI and a worker")
        asyncio.run(wiring.ensure_prefect())
        err.print("2/2  deployments and schedules")
        kept = runtime.register(also={KUBERNETES} if kubernetes else (), reset=reset)
        conflicts = asyncio.run(wiring.keep_named_everywhere())
    print_conflicts(conflicts)
    print_kept(kept, "ironclad prefect up --reset")
    for line in asyncio.run(where_prefect_is()):
        out.print(line, markup=False)


async def where_prefect_is(page: str = "") -> list[str]:
    """Say where its pages are and what they ask for, without the secret itself."""
    url, login = await wiring.prefect_url(), await wiring.prefect_login()
    asked = [f"            logging in takes the line in {login}"] if login else []
    return [f"Prefect UI: {url}{page}", *asked] if url else []


@app.command()
def register(
    pool: PoolArgument = "ironclad-kubernetes",
    stack: KubernetesStackOption = "",
    reset: ResetOption = False,  # noqa: FBT002
) -> None:
    """Register a cluster's deployments on the server that PREFECT_API_URL names, for one pool."""
    ref = kubernetes_ref(stack, StackParameters())
    kept = runtime.register_for_pool(pool, ref.name, reset=reset)
    print_kept(kept, f"ironclad prefect register {pool} --stack {ref.name} --reset")
    out.print(f"registered for {ref} and the work pool {pool}", markup=False)


def print_kept(kept: Sequence[str], command: str) -> None:
    """Name what stays as a person changed it, and what would put it back."""
    for sentence in kept:
        err.print(f"kept as changed in Prefect: {sentence}", markup=False)
    if kept:
        err.print(f"`{command}` puts back what is declared", markup=False)
