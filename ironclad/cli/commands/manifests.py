"""What a deploy would send to a cluster: printed, or compared with what is there."""

import asyncio

from ironclad import wiring
from ironclad.cli.options import (
    ForceOption,
    KubernetesStackOption,
    RecreateOption,
    SetOption,
    StageOption,
    kubernetes_ref,
    parameters_of,
)
from ironclad.cli.terminal.console import err, out
from ironclad.domain.kubernetes.field_diff import StageDiff
from ironclad.domain.stack.stack import STAGES, StackRef, Stage, ordered


def render(
    values: SetOption = None,
    stack: KubernetesStackOption = "",
    stage: StageOption = None,
) -> None:
    """Print what would be applied to a cluster, Secrets apart, for those who deploy by GitOps."""
    parameters = parameters_of(values)
    ref = kubernetes_ref(stack, parameters)
    text = wiring.rendered(ref, wiring.StackTarget(parameters=parameters), tuple(stage or STAGES))
    print(text, end="")  # noqa: T201 - YAML, without colours and wrapping


def diff(
    values: SetOption = None,
    stack: KubernetesStackOption = "",
    stage: StageOption = None,
    force: ForceOption = False,  # noqa: FBT002
    recreate: RecreateOption = False,  # noqa: FBT002
) -> int:
    """Say what a deploy would create, change or prune; 1 if anything, 2 if it would be refused."""
    parameters = parameters_of(values)
    ref = kubernetes_ref(stack, parameters)
    target = wiring.StackTarget(parameters=parameters, force=force, recreate=recreate)
    diffs = asyncio.run(_diffs(ref, target, ordered(tuple(stage or STAGES))))
    for name, found in diffs.items():
        _print(name, found)
    if all(found.is_empty for found in diffs.values()):
        out.print(f"{ref} is as wanted", markup=False)
        return 0
    return _refused([reason for found in diffs.values() for reason in found.refused])


def _refused(reasons: list[str]) -> int:
    for reason in reasons:
        err.print(f"ironclad: a deploy would be refused: {reason}", markup=False)
    return 2 if reasons else 1


async def _diffs(
    ref: StackRef, target: wiring.StackTarget, stages: tuple[Stage, ...]
) -> dict[Stage, StageDiff]:
    async with wiring.differ(ref, target) as differ:
        return {stage: await differ(stage) for stage in stages}


def _print(stage: Stage, found: StageDiff) -> None:
    for ref in found.created:
        out.print(f"{stage}: + {ref}", markup=False)
    for ref, changes in found.changed:
        out.print(f"{stage}: ~ {ref}", markup=False)
        for change in changes:
            out.print(f"    {change}", markup=False)
    for ref in found.pruned:
        out.print(f"{stage}: - {ref}", markup=False)
