"""One at a time on this machine: what brings a stack up, and what changes the Prefect server."""

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, ExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

from ironclad.adapters.files.lock import passed_alone
from ironclad.clock import SystemClock
from ironclad.domain.stack.commands import command
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.domain.stack.stack import StackRef
from ironclad.errors import BusyError
from ironclad.settings import settings
from ironclad.waiting import until_ready

GAME_DAY, DEPLOY, PREFECT = ".game-day-", ".deploy-", ".prefect-server"
"""Prefix of the files that a waiting run keeps locked."""
TURN_WITHIN = timedelta(minutes=6)
"""A little more than the server and its worker may take to come up."""


def starting(ref: StackRef) -> AbstractContextManager[None]:
    """Be the only one on this machine to run a game day there by command, or raise BusyError."""
    abort = command("game-day abort", ref)
    return passed_alone(_gate(GAME_DAY, ref), f"a game day on {ref}", f"stop it with {abort}")


def deploying(ref: StackRef) -> AbstractContextManager[None]:
    """Be the only one on this machine to bring it up by command, or raise BusyError."""
    return passed_alone(_gate(DEPLOY, ref), f"a deploy of {ref}", "end it with Ctrl-C")


@asynccontextmanager
async def prefect_to_oneself() -> AsyncIterator[None]:
    """Wait until no other command starts or stops the machine's Prefect server.

    Two with other settings would else restart each other's worker. Raises WaitTimeoutError.
    """
    with ExitStack() as turn:

        async def asked() -> Readiness:
            try:
                turn.enter_context(
                    passed_alone(
                        settings().state / PREFECT, "starting or stopping Prefect", "end that"
                    )
                )
            except BusyError as error:
                return Readiness(Condition.IN_PROGRESS, str(error))
            return Readiness(Condition.READY, "")

        await until_ready("Prefect's turn", asked, deadline=TURN_WITHIN, clock=SystemClock())
        yield


def forget_turns() -> None:
    """Delete what those left behind that were killed."""
    for begin in (GAME_DAY, DEPLOY, PREFECT):
        for gate in settings().state.glob(f"{begin}*"):
            gate.unlink(missing_ok=True)


def _gate(begin: str, ref: StackRef) -> Path:
    return settings().state / f"{begin}{ref.platform}-{ref.name}"
