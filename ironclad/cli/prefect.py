"""The machine's Prefect server, and what is registered where."""

import asyncio
from typing import Annotated

import typer

from ironclad import wiring
from ironclad.cli.console import err, live_progress, out
from ironclad.cli.options import KubernetesStackOption, kubernetes_ref
from ironclad.domain.kubernetes.parameters import StackParameters

app = typer.Typer(help="Prefect: server, worker, deployments.", no_args_is_help=True)

PoolArgument = Annotated[str, typer.Argument(help="The work pool of your workers.")]


@app.command()
def up() -> None:
    """Start the server and a worker, and register every deployment; again it only registers."""
    with live_progress():
        err.print("1/2  Prefect server, its UI and a worker")
        asyncio.run(wiring.ensure_prefect())
        err.print("2/2  deployments and schedules")
        asyncio.run(wiring.register_deployments())
    out.print(f"Prefect UI: {asyncio.run(wiring.prefect_url())}", markup=False)


@app.command()
def register(pool: PoolArgument = "ironclad-kubernetes", stack: KubernetesStackOption = "") -> None:
    """Register a cluster's deployments on the server that PREFECT_API_URL names, for one pool."""
    ref = kubernetes_ref(stack, StackParameters())
    asyncio.run(wiring.register_for_pool(pool, ref.name))
    out.print(f"registered for {ref} and the work pool {pool}", markup=False)
