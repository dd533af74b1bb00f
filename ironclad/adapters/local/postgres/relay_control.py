"""Talking to the relay between the service and its database."""

import asyncio
import json
import sys
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from ironclad.adapters.local.stack import LocalStack, module_environment, source_digest
from ironclad.adapters.programs.program import Program
from ironclad.domain.stack.commands import command, on_this_machine
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.domain.stack.stack import DEFAULT_REF, StackRef
from ironclad.errors import IroncladError, LeaseLapsedError, RemoteError, UnreachableError

RELAY = "relay"
_WITHIN_SECONDS = 3.0


class RelayControl:
    """One connection for each question: a kept one outlives a restart badly.

    A cut has one of its own that is held: it tells the relay when we are gone.
    """

    def __init__(self, run: Path, of: StackRef = DEFAULT_REF) -> None:
        self._of = of
        self.socket = run / f"{RELAY}.sock"
        self._held: asyncio.StreamWriter | None = None

    async def cut(self, by: str, lease_seconds: float) -> None:
        """Cut it until it is healed, not renewed, or our end."""
        await self._ask(do="cut", by=by, lease_seconds=lease_seconds, hold=True)

    async def renew(self, by: str, lease_seconds: float) -> None:
        """Raises LeaseLapsedError when that cut is over."""
        await self._ask(do="renew", by=by, lease_seconds=lease_seconds)

    async def heal(self) -> None:
        try:
            await self._ask(do="heal")
        finally:
            self.let_go()

    async def is_cut(self) -> bool:
        """Cut, and no connection is left open."""
        answer = await self._ask(do="status")
        return bool(answer["cut_by"]) and not answer["open_total"]

    async def words(self) -> str:
        return "cut" if (await self._ask(do="status"))["cut_by"] else "open"

    async def _ask(self, **asked: object) -> dict[str, Any]:
        try:
            async with asyncio.timeout(_WITHIN_SECONDS):
                answer = json.loads(await self._answer(asked))
        except (OSError, TimeoutError, ValueError) as error:
            raise UnreachableError(
                f"the relay to the database does not answer on {self.socket}"
                f" ({error or type(error).__name__}); {command('up', self._of)} restarts it"
            ) from error
        if answer.get("problem") == "lapsed":
            raise LeaseLapsedError("the cut to the database is over: its lease lapsed")
        if problem := answer.get("problem"):
            raise RemoteError(f"the relay to the database refused: {problem}")
        return dict(answer)

    async def _answer(self, asked: Mapping[str, object]) -> bytes:
        reader, writer = await asyncio.open_unix_connection(self.socket)
        try:
            writer.write(json.dumps(asked).encode() + b"\n")
            await writer.drain()
            answer = await reader.readline()
        except BaseException:
            writer.close()
            raise
        if asked.get("hold"):
            self.let_go()
            self._held = writer
        else:
            writer.close()
        return answer

    def let_go(self) -> None:
        """End our cut, if there still is one, without asking."""
        if self._held is not None:
            self._held.close()
            self._held = None


def relay_program(stack: LocalStack) -> Program:
    return Program(
        name=RELAY,
        argv=(
            *(sys.executable, "-m", "ironclad.processes.relay"),
            *("--listen", str(stack.port(RELAY)), "--database", str(stack.port("postgres"))),
            *("--control", str(RelayControl(stack.run).socket)),
        ),
        folder=stack.folder.path,
        environment=module_environment(),
        inputs=(source_digest("ironclad.processes.relay"),),
        stop_within=timedelta(seconds=3),
    )


async def relay_readiness(stack: LocalStack) -> Readiness:
    state = await stack.supervisor.readiness(RELAY)
    if not state.is_ready:
        return state
    try:
        words = await RelayControl(stack.run, on_this_machine(stack.folder.stack)).words()
    except IroncladError as error:
        return Readiness(Condition.IN_PROGRESS, str(error))
    if words != "open":
        return Readiness(Condition.IN_PROGRESS, "a game day has cut the way to the database")
    return Readiness(Condition.READY, f"relay on port {stack.port(RELAY)}")
