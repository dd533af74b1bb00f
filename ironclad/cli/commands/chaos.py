"""Faults by hand: each replica is asked by itself, never through the balancer."""

import asyncio
from dataclasses import asdict
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Any

import typer

from ironclad import wiring
from ironclad.cli.options import (
    DEFAULT_PLATFORM,
    JsonOption,
    PlatformOption,
    ReplicasOption,
    StackOption,
    known_ref,
    names,
)
from ironclad.cli.terminal import completion
from ironclad.cli.terminal.console import out, print_json
from ironclad.domain.faults.fault import ArmedFault, ChaosStatus
from ironclad.domain.stack.commands import command
from ironclad.domain.stack.stack import DEFAULT_STACK, Replica, StackRef
from ironclad.domain.text.durations import parse_duration
from ironclad.domain.text.wording import percent
from ironclad.errors import BadInputError, IroncladError
from ironclad.game_day.orphaned_runs import look_for_dead_runs
from ironclad.game_day.toolbox import Toolbox

app = typer.Typer(help="Faults by hand, and what is armed right now.", no_args_is_help=True)

LastsOption = Annotated[
    str, typer.Option("--for", help="How long it lasts at most, such as 5m; an hour at most.")
]
NamedReplicasOption = Annotated[
    str,
    typer.Option(
        "--replicas", help="Which; there is no default.", autocompletion=completion.replicas
    ),
]
LONGEST = timedelta(hours=1)
Milliseconds = Annotated[int, typer.Argument(min=0, max=60_000, metavar="MS")]
Percent = Annotated[float, typer.Argument(min=0, max=100, metavar="PERCENT")]
Cores = Annotated[float, typer.Argument(min=0, max=64, metavar="CORES")]
Mebibytes = Annotated[int, typer.Argument(min=0, max=16 << 20, metavar="MIB")]
_Switch = StrEnum("_Switch", {"OPEN": "open", "CLOSED": "closed"})
_Readiness = StrEnum("_Readiness", {"READY": "ready", "NOT_READY": "not-ready"})
Switch = Annotated[
    _Switch,
    typer.Argument(metavar="SWITCH", help="`open` forces it open, `closed` lets it be."),
]
Readiness = Annotated[
    _Readiness,
    typer.Argument(metavar="STATE", help="`not-ready` has the balancer go around it."),
]


@app.command()
def status(
    platform: PlatformOption = DEFAULT_PLATFORM,
    stack: StackOption = DEFAULT_STACK,
    replicas: ReplicasOption = "",
    json: JsonOption = False,  # noqa: FBT002
) -> int:
    """Say what each replica reports; a replica that is silent is not called well."""
    statuses = asyncio.run(_statuses(known_ref(platform, stack), names(replicas)))
    if json:
        print_json({"replicas": [_document(status) for status in statuses]})
    else:
        for status in statuses:
            out.print(f"{status.replica}: {_line(status)}", markup=False)
    return 0 if all(status.reachable for status in statuses) else 1


@app.command()
def enable(
    platform: PlatformOption = DEFAULT_PLATFORM,
    stack: StackOption = DEFAULT_STACK,
    replicas: ReplicasOption = "",
) -> int:
    """Let faults be armed."""
    return _shortcut(known_ref(platform, stack), names(replicas), "enable")


@app.command()
def disable(
    platform: PlatformOption = DEFAULT_PLATFORM,
    stack: StackOption = DEFAULT_STACK,
    replicas: ReplicasOption = "",
) -> int:
    """Take every fault off and let none be armed."""
    return _shortcut(known_ref(platform, stack), names(replicas), "disable")


def _short_form(name: str, of: Any, summary: str) -> None:
    def arm(
        value: Any,
        platform: PlatformOption = DEFAULT_PLATFORM,
        stack: StackOption = DEFAULT_STACK,
        replicas: ReplicasOption = "",
        lasts: LastsOption = "5m",
    ) -> int:
        shown = f"{value:g}" if isinstance(value, float) else value
        return _shortcut(known_ref(platform, stack), names(replicas), f"{name}/{shown}", lasts)

    arm.__annotations__["value"] = of
    # Else a negative number is taken for an option, and refused as one.
    negative = {"ignore_unknown_options": of.__origin__ in {int, float}}
    app.command(name, help=summary, context_settings=negative)(arm)


for _form in (
    ("latency", Milliseconds, "Delay every request by MS milliseconds; 0 ends it."),
    ("errors", Percent, "Answer PERCENT of the requests with an error; 0 ends it."),
    ("circuit-breaker", Switch, "Force the circuit breaker open, or let it work again."),
    ("hangs", Percent, "Hold PERCENT of the requests without an answer; 0 ends it."),
    ("resets", Percent, "Reset the connection of PERCENT of the requests; 0 ends it."),
    ("readiness", Readiness, "Let the readiness probe say no, or let it be."),
    ("database-latency", Milliseconds, "Let every query take MS milliseconds longer; 0 ends it."),
    ("database-errors", Percent, "Let PERCENT of the queries fail; 0 ends it."),
    ("cpu", Cores, "Keep so many CORES busy, such as 0.5; 0 ends it."),
    ("memory", Mebibytes, "Hold MIB mebibytes of memory, while 20 % of all stay free; 0 ends it."),
):
    _short_form(*_form)


@app.command()
def crash(
    replicas: NamedReplicasOption,
    platform: PlatformOption = DEFAULT_PLATFORM,
    stack: StackOption = DEFAULT_STACK,
) -> int:
    """End the replicas' processes at once, without draining."""
    chosen = names(replicas)
    if not chosen:
        raise BadInputError("--replicas names no replica; name those that are to crash")
    return _shortcut(known_ref(platform, stack), chosen, "crash")


def disarm(platform: PlatformOption = DEFAULT_PLATFORM, stack: StackOption = DEFAULT_STACK) -> int:
    """Take every fault off every replica now, and sweep the undo ledger."""
    problems = asyncio.run(_disarm(known_ref(platform, stack)))
    for problem in problems:
        out.print(f"not disarmed: {problem}", markup=False)
    if not problems:
        out.print("every replica is fault-free")
    return 1 if problems else 0


async def _disarm(ref: StackRef) -> list[str]:
    async with wiring.open_toolbox(ref) as tools:
        sweeper = wiring.sweeper(tools)
        problems = await sweeper.disarm_all()
        swept = await sweeper.sweep(everything=True)
        await look_for_dead_runs(tools)
    return [*problems.values(), *swept.failed]


def _shortcut(ref: StackRef, chosen: tuple[str, ...], path: str, lasts: str = "") -> int:
    """Post one short form to every chosen replica, going on past one that fails."""
    answers = asyncio.run(_post(ref, chosen, path, _deadline(lasts)))
    for name, answer in answers.items():
        out.print(f"{name}: {answer}", markup=False)
    return 1 if any(isinstance(answer, IroncladError) for answer in answers.values()) else 0


def _deadline(lasts: str) -> timedelta | None:
    if not lasts:
        return None
    try:
        deadline = parse_duration(lasts)
    except ValueError as error:
        raise BadInputError(f"--for: {error}") from error
    if not timedelta() < deadline <= LONGEST:
        raise BadInputError(f"--for {lasts}: a fault by hand lasts more than 0 s and at most 1h")
    return deadline


async def _post(
    ref: StackRef, chosen: tuple[str, ...], path: str, lasts: timedelta | None
) -> dict[str, str | IroncladError]:
    async with wiring.open_toolbox(ref) as tools:
        targets = await _chosen(tools, chosen)
        return {r.name: await _post_one(tools, r, path, lasts) for r in targets}


async def _post_one(
    tools: Toolbox, replica: Replica, path: str, lasts: timedelta | None
) -> str | IroncladError:
    try:
        return await tools.faults.shortcut(replica, path, lasts=lasts)
    except IroncladError as error:
        return error


async def _statuses(ref: StackRef, chosen: tuple[str, ...]) -> list[ChaosStatus]:
    async with wiring.open_toolbox(ref) as tools:
        targets = await _chosen(tools, chosen)
        return await asyncio.gather(*(tools.faults.status(replica) for replica in targets))


async def _chosen(tools: Toolbox, chosen: tuple[str, ...]) -> tuple[Replica, ...]:
    replicas = await tools.platform.replicas()
    known = {replica.name: replica for replica in replicas}
    if not replicas:
        raise BadInputError(
            f"{tools.ref} has no replicas; bring it up with {command('up', tools.ref)}"
        )
    if unknown := [name for name in chosen if name not in known]:
        raise BadInputError(
            f"no replica is called {', '.join(unknown)}; there are {', '.join(known)}"
        )
    return tuple(known[name] for name in chosen) or replicas


def _document(status: ChaosStatus) -> dict[str, Any]:
    return {
        "name": status.replica,
        "reachable": status.reachable,
        "enabled": status.enabled if status.reachable else None,
        "breaker": status.breaker or None,
        "faults": [asdict(fault) for fault in status.faults],
        "problem": status.problem or None,
    }


def _fault_line(fault: ArmedFault) -> str:
    what = f"on {percent(fault.share)} of requests"
    if fault.stressor is not None:
        held = fault.stressor.memory_bytes / (1 << 20)
        what = f"used {fault.stressor.cpu_seconds:.1f} s of CPU, holds {held:.0f} MiB"
        what = what if fault.stressor.is_alive else "its process has ended"
    return f"{fault.id}: {fault.kind} {what}, ends in {fault.expires_in_seconds:.0f} s"


def _line(status: ChaosStatus) -> str:
    if not status.reachable:
        return f"does not answer ({status.problem})"
    faults = "; ".join(_fault_line(fault) for fault in status.faults)
    return faults or ("fault-free" if status.enabled else "fault-free, faults are disabled")
