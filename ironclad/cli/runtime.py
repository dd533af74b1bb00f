"""Running flows in this process: Prefect is imported once the environment names a server."""

import asyncio
import os
from collections.abc import Collection, Mapping
from dataclasses import replace

from ironclad import wiring
from ironclad.cli.ending import (
    RECORDED_WITHIN_SECONDS,
    Ran,
    closed_in_time,
    delivered_or_recorded,
    recorded,
)
from ironclad.domain.evidence.outcome import Outcome
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.stack.platforms import PLATFORMS, PlatformName
from ironclad.domain.stack.stack import StackRef, Stage
from ironclad.outcome_mailbox import MAILBOX
from ironclad.wiring import ANY, StackTarget

QUIET: Mapping[str, str] = {
    # The progress shows it better, the CLI prints an error in one sentence, the server has it all.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "ironclad",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}


def _point_at_server() -> None:
    """Only before the first import of Prefect: it reads its environment then.

    No name of another server's may stay: our login would be handed to that one.
    """
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)
    os.environ.update(asyncio.run(wiring.prefect_environment()))


def run_deploy_stack(
    ref: StackRef,
    stages: tuple[Stage, ...],
    target: StackTarget = ANY,
    *,
    ignore_budget: bool = False,
) -> None:
    """Run the flow here; recorded by the Prefect server when one is up. Raises what it raised."""
    with wiring.deploying(ref):
        asyncio.run(wiring.ensure_prefect())
        register_net()
        _deploy(ref, stages, target, ignore_budget=ignore_budget)


def _deploy(
    ref: StackRef, stages: tuple[Stage, ...], target: StackTarget, *, ignore_budget: bool
) -> None:
    _point_at_server()
    from flows.deploy_stack import deploy_stack  # Prefect takes seconds to import
    from tasks.stopping import stopped_like_ctrl_c

    run = deploy_stack(
        ref.platform,
        ref.name,
        stages=stages,
        kubernetes=target.parameters or StackParameters(),
        force=target.force,
        recreate=target.recreate,
        ignore_budget=ignore_budget,
    )
    with stopped_like_ctrl_c():
        asyncio.run(run)


def register(*, also: Collection[PlatformName] = (), reset: bool = False) -> tuple[str, ...]:
    """Register what the machine's worker runs; say what stays as a person changed it.

    What is for another platform comes along where it was before, or where one was used.
    """
    _point_at_server()
    from tasks.registration import registering

    async def run() -> tuple[str, ...]:
        kept: list[str] = []
        async with wiring.prefect_to_oneself():
            for name, spec in PLATFORMS.items():
                is_asked = spec.is_on_this_machine or name in also or wiring.is_used(name)
                listed = wiring.listed(name)
                if not is_asked and not await registering.is_registered(name):
                    # Former versions registered them unasked.
                    listed = replace(listed, entries=())
                kept += (await registering.register(listed, reset=reset)).kept
        return tuple(kept)

    return asyncio.run(run())


def register_net() -> None:
    """Register the last net alone, for a stack that is brought up without anything else."""
    _point_at_server()
    from tasks.registration import registering

    async def run() -> None:
        async with wiring.prefect_to_oneself():
            await registering.register(wiring.last_net())

    asyncio.run(run())


def register_for_pool(pool: str, stack: str, *, reset: bool = False) -> tuple[str, ...]:
    """Register on the server that Prefect's own settings name."""
    from tasks.registration import registering

    async def run() -> tuple[str, ...]:
        await registering.demand_pool(pool)
        done = await registering.register(wiring.listed_for_pool(pool, stack), reset=reset)
        return tuple(done.kept)

    return asyncio.run(run())


def run_game_day(
    ref: StackRef,
    experiment: str,
    *,
    why: str,
    ignore_budget: bool = False,
    ignore_freeze: bool = False,
) -> Ran:
    """Run the flow here; recorded by the Prefect server when one is up, to the end if it stays.

    Ctrl-C ends it in order, which is an end like any other. Raises KeyboardInterrupt where it had
    not begun.
    """
    _point_at_server()
    from flows.run_game_day import game_day  # Prefect takes seconds to import
    from tasks.stopping import stopped_like_ctrl_c

    async def run(outcome: asyncio.Future[Outcome]) -> Ran:
        MAILBOX.set(outcome)
        flow = game_day(
            experiment,
            ref.platform,
            ref.name,
            why=why,
            ignore_budget=ignore_budget,
            ignore_freeze=ignore_freeze,
            return_state=True,
        )
        return await delivered_or_recorded(outcome, recorded(flow), RECORDED_WITHIN_SECONDS)

    outcome: asyncio.Future[Outcome] | None = None
    try:
        with stopped_like_ctrl_c(), closed_in_time() as loop:
            outcome = loop.get_loop().create_future()
            return loop.run(run(outcome))
    except KeyboardInterrupt:
        if outcome is None or not outcome.done():
            raise
        return Ran(outcome.result(), "")
