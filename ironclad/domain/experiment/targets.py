"""Which replicas a fault hits."""

import math
from collections.abc import Sequence

from ironclad.domain.experiment.experiment import Fault, Target
from ironclad.domain.faults.spec import Scope
from ironclad.domain.stack.stack import Replica
from ironclad.errors import RefusedError

DATABASE = Replica("postgres", "")
"""Stands as the target of what hits the database; it has no address that a client would use."""


def targets_of(fault: Fault, replicas: Sequence[Replica]) -> tuple[Replica, ...]:
    """Give what a fault hits. Raises RefusedError with every reason."""
    if fault.kind.spec.is_on_database:
        return (DATABASE,)
    if fault.kind.spec.scope is Scope.EVERY_REPLICA:
        return _first(len(replicas), sorted(replicas, key=lambda replica: replica.name))
    return resolve(fault.target, replicas)


def resolve(target: Target, replicas: Sequence[Replica]) -> tuple[Replica, ...]:
    """Give the replicas that a fault hits, in name order.

    A number or a share takes the first by name. Replicas are alike, so a draw would only change the
    comparison with the last run. Raises RefusedError with every reason.
    """
    ordered = sorted(replicas, key=lambda replica: replica.name)
    if not ordered:
        raise RefusedError(("there is no replica",))
    if target.names:
        return _named(target.names, ordered)
    return _first(_count(target, len(ordered)), ordered)


def present(targets: Sequence[Replica], replicas: Sequence[Replica]) -> tuple[Replica, ...]:
    """Keep the targets that are there, and put the first others by name in the place of the rest.

    Gives fewer where there are not enough.
    """
    there = {replica.name: replica for replica in sorted(replicas, key=lambda each: each.name)}
    kept = [there.pop(target.name) for target in targets if target.name in there]
    others = list(there.values())[: len(targets) - len(kept)]
    return tuple(sorted((*kept, *others), key=lambda replica: replica.name))


def _named(names: tuple[str, ...], replicas: Sequence[Replica]) -> tuple[Replica, ...]:
    known = {replica.name for replica in replicas}
    reasons = tuple(
        f"there is no replica {name!r}, only {', '.join(sorted(known))}"
        for name in names
        if name not in known
    )
    if reasons:
        raise RefusedError(reasons)
    return tuple(replica for replica in replicas if replica.name in names)


def _count(target: Target, existing: int) -> int:
    """Round a share down, as a promise of a blast radius should, but hit one replica at least."""
    if target.share is not None:
        return max(1, math.floor(round(target.share * existing, 9)))
    return target.replicas or 0


def _first(count: int, replicas: Sequence[Replica]) -> tuple[Replica, ...]:
    if count < 1:
        raise RefusedError(("the target names no replica",))
    if count > len(replicas):
        raise RefusedError((f"{count} replicas are wanted and there are {len(replicas)}",))
    return tuple(replicas[:count])
