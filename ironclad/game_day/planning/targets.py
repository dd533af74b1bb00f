"""Which replicas does each fault hit, are they there, and do they answer?"""

import asyncio
from collections.abc import Iterator, Sequence
from itertools import product

from ironclad.domain.experiment.experiment import Experiment
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.experiment.targets import targets_of
from ironclad.domain.faults.fault import ChaosStatus
from ironclad.domain.stack.commands import command
from ironclad.domain.stack.stack import Replica, StackRef
from ironclad.domain.text.durations import format_duration
from ironclad.errors import IroncladError, RefusedError
from ironclad.game_day.planning.safety import skew
from ironclad.game_day.planning.scope import Found, Scope, together, warned


def resolved(
    experiment: Experiment, replicas: Sequence[Replica]
) -> tuple[tuple[PlannedFault, ...], Found]:
    planned: list[PlannedFault] = []
    reasons: list[str] = []
    for fault in experiment.faults:
        try:
            planned.append(PlannedFault(fault=fault, targets=targets_of(fault, replicas)))
        except RefusedError as error:
            reasons += [f"fault {fault.id}: {reason}" for reason in error.reasons]
    return tuple(planned), Found(reasons=tuple(reasons))


async def away(scope: Scope) -> Found:
    """A warning, since `within` is the longest that an instant may keep a replica away."""
    return warned(*_meeting_no_request(scope.faults))


def _meeting_no_request(faults: tuple[PlannedFault, ...]) -> Iterator[str]:
    for first, then in product(faults, repeat=2):
        ends, begins = first.fault, then.fault
        names = [target.name for target in then.targets if target in first.targets]
        if names and ends.kind.spec.is_instant and ends.at < begins.at < ends.ends_at:
            yield (
                f"fault {begins.id} begins {format_duration(begins.at - ends.at)} after"
                f" {ends.id}, which may keep {', '.join(names)} away for"
                f" {format_duration(ends.duration)}: where it does, {begins.id} is not seen to work"
                f" and the verdict is INCONCLUSIVE; begin it at {format_duration(ends.ends_at)}"
            )


async def lives(scope: Scope) -> Found:
    """An end is only seen to work where the platform tells one life from another."""
    targets = [r for each in scope.faults if each.fault.kind.spec.is_instant for r in each.targets]
    found = await asyncio.gather(*(_reason(scope, replica) for replica in targets))
    return Found(reasons=tuple(dict.fromkeys(reason for reason in found if reason)))


async def _reason(scope: Scope, replica: Replica) -> str:
    try:
        life = await scope.tools.replica_faults.life(replica)
    except IroncladError as error:
        return f"{replica.name} cannot be ended: {error}"
    return "" if life else f"{replica.name} cannot be ended: it does not run"


async def each_replica(scope: Scope) -> Found:
    return together(*await asyncio.gather(*(_asked(scope, each) for each in scope.replicas)))


async def _asked(scope: Scope, replica: Replica) -> Found:
    faults = scope.tools.faults
    status, is_ready = await asyncio.gather(faults.status(replica), faults.is_ready(replica))
    if reason := _replicas_reason(replica.name, status, scope.tools.ref, is_ready=is_ready):
        return Found(reasons=(reason,))
    return skew(replica.name, status.clock_skew_seconds)


def _replicas_reason(name: str, status: ChaosStatus, ref: StackRef, *, is_ready: bool) -> str:
    if not status.reachable:
        return f"{name} does not answer: {status.problem}; {command('up', ref)} repairs it"
    if not status.enabled:
        return f"faults are disabled on {name}; run {command('chaos enable', ref)}"
    if status.faults:
        ids = ", ".join(fault.id for fault in status.faults)
        return f"{name} still has faults ({ids}); run {command('disarm', ref)}"
    return "" if is_ready else f"{name} is not ready; see {command('status', ref)}"
