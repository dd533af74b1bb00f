"""The whole product in one command: server, stack, game day, verdict, and where to look."""

import asyncio
from collections.abc import Iterable
from functools import partial
from typing import Annotated

import typer

from ironclad import wiring
from ironclad.cli import runtime
from ironclad.cli.commands.kept import print_conflicts
from ironclad.cli.commands.prefect import print_kept, where_prefect_is
from ironclad.cli.ending import Ran
from ironclad.cli.options import StackOption, stack_ref
from ironclad.cli.terminal.console import err, live_progress, print_outcome_lines
from ironclad.cli.terminal.interrupted import NOT_BEGUN, half_up, interruptible
from ironclad.domain.stack.commands import command
from ironclad.domain.stack.platforms import LOCAL
from ironclad.domain.stack.stack import DEFAULT_STACK, STAGES, Endpoints, StackRef
from ironclad.report.formats.summary import outcome_lines

EXPERIMENT = "error-burst"


def demo(
    experiment: Annotated[
        str, typer.Option("--experiment", help="Which experiment the game day runs.")
    ] = EXPERIMENT,
    stack: StackOption = DEFAULT_STACK,
) -> int:
    """Bring everything up on this machine, run one game day, and leave it running."""
    ref = stack_ref(LOCAL, stack)
    wiring.experiment(experiment)
    with interruptible(partial(half_up, ref)), live_progress():
        err.print("1/4  Prefect server, its UI and a worker")
        asyncio.run(wiring.ensure_prefect())
        err.print("2/4  deployments and schedules")
        kept = runtime.register()
        err.print("3/4  deploy-stack: namespace → secret → postgres → backend → monitoring")
        runtime.run_deploy_stack(ref, STAGES)
    with interruptible(lambda: NOT_BEGUN), wiring.starting(ref), live_progress():
        err.print(f"4/4  game day {experiment}")
        ran = runtime.run_game_day(ref, experiment, why="the demo", ignore_budget=False)
    print_conflicts(asyncio.run(wiring.keep_named(ref)))
    print_kept(kept, "ironclad prefect up --reset")
    print_outcome_lines(closing_lines(ref, ran))
    return ran.outcome.exit_code


def closing_lines(ref: StackRef, ran: Ran) -> Iterable[str]:
    """Say how it ended, what it cost, and where to look."""
    endpoints = asyncio.run(_endpoints(ref))
    yield ""
    yield from outcome_lines(ran.outcome)
    if ran.flow_run:
        yield from asyncio.run(where_prefect_is(f"/runs/flow-run/{ran.flow_run}"))
    yield f"Prometheus: {endpoints.prometheus}"
    yield f"backend: {endpoints.service}/api/orders"
    yield f"the stack stays up; {command('down', ref)} ends it"
    yield "`ironclad down --all` ends every stack on this machine, and Prefect"


async def _endpoints(ref: StackRef) -> Endpoints:
    async with wiring.open_toolbox(ref) as tools:
        return await tools.platform.endpoints()
