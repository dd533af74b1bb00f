"""Labels and annotations by which Ironclad knows its own objects; every name in one place."""

from collections.abc import Mapping

from ironclad.domain.stack.stack import Stage

MANAGED_BY = "app.kubernetes.io/managed-by"
INSTANCE = "app.kubernetes.io/instance"
STAGE = "ironclad.dev/stage"
UNDO = "ironclad.dev/undo"
RUN = "ironclad.dev/run"
GAME_DAYS = "ironclad.dev/game-days"

IRONCLAD = "ironclad"


def stage_labels(stage: Stage, instance: str) -> dict[str, str]:
    """Mark an object as this stage's; nothing without all three is ever pruned or removed."""
    return {MANAGED_BY: IRONCLAD, INSTANCE: instance, STAGE: stage.value}


def selector(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in sorted(labels.items()))
