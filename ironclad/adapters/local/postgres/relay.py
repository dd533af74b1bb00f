"""The relay that every connection of the service to its database passes, so that it can be cut."""

import sys
from datetime import timedelta

from ironclad.adapters.local.postgres.relay_control import RELAY, RelayControl
from ironclad.adapters.local.stack import LocalStack, module_environment, source_digest
from ironclad.adapters.programs.program import Program
from ironclad.domain.stack.commands import on_this_machine
from ironclad.domain.stack.readiness import Condition, Readiness
from ironclad.errors import IroncladError


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
