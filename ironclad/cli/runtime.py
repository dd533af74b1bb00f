"""Running flows in this process: Prefect is imported once the environment names a server."""

import asyncio
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from ironclad import wiring
from ironclad.domain.kubernetes.parameters import StackParameters
from ironclad.domain.outcome import Outcome
from ironclad.domain.stack import StackRef, Stage
from ironclad.errors import IroncladError, StageFailedError, UnreachableError
from ironclad.wiring import ANY, Wish

QUIET: Mapping[str, str] = {
    # The progress shows it better, and an error is told in one sentence; the server has it all.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "ironclad",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": "90",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
}


@dataclass(frozen=True, slots=True)
class Ran:
    """How a game day ended, and the flow run that Prefect recorded it as."""

    outcome: Outcome
    flow_run: str


def _point_at_server() -> None:
    """Only before the first import of Prefect: it reads its environment then."""
    for name, value in {**QUIET, **asyncio.run(wiring.prefect_environment())}.items():
        os.environ.setdefault(name, value)


def run_deploy_stack(
    ref: StackRef, stages: tuple[Stage, ...], wish: Wish = ANY, *, ignore_budget: bool = False
) -> None:
    """Run the flow here; recorded by the Prefect server when one is up. Raises what it raised."""
    asyncio.run(wiring.ensure_prefect())
    _point_at_server()
    from flows.deploy_stack import deploy_stack  # noqa: PLC0415 - Prefect takes seconds to import
    from tasks.stopping import stopped_like_ctrl_c  # noqa: PLC0415

    run = deploy_stack(
        ref.platform,
        ref.name,
        stages=stages,
        kubernetes=wish.parameters or StackParameters(),
        force=wish.force,
        ignore_budget=ignore_budget,
    )
    with stopped_like_ctrl_c():
        asyncio.run(run)


@contextmanager
def _server_may_go_away() -> Iterator[None]:
    """A game day goes on without it; Prefect then asks for minutes before it gives up."""
    try:
        yield
    except httpx.HTTPError as error:
        raise UnreachableError(
            f"the game day is over, and the Prefect server does not answer to hear of it ({error});"
            " `ironclad game-day history` has the report"
        ) from error


def run_game_day(
    ref: StackRef,
    experiment: str,
    *,
    why: str,
    ignore_budget: bool = False,
    ignore_freeze: bool = False,
) -> Ran:
    """Run the flow here; recorded by the Prefect server when one is up."""
    _point_at_server()
    from flows.run_game_day import game_day  # noqa: PLC0415 - Prefect takes seconds to import
    from tasks.stopping import stopped_like_ctrl_c  # noqa: PLC0415

    async def run() -> tuple[Any, object]:
        state = await game_day(
            experiment,
            ref.platform,
            ref.name,
            why=why,
            ignore_budget=ignore_budget,
            ignore_freeze=ignore_freeze,
            return_state=True,
        )
        return state, await state.aresult(raise_on_failure=False)

    with stopped_like_ctrl_c(), _server_may_go_away():
        state, outcome = asyncio.run(run())
    if isinstance(outcome, IroncladError | OSError):  # each is told in one sentence
        raise outcome
    if not isinstance(outcome, Outcome):
        raise StageFailedError(state.message or f"game-day ended {state.name}")
    return Ran(outcome, str(state.state_details.flow_run_id))
