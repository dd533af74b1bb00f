"""What versions registered that did not remember it yet: known by heart, so that it may go."""

from collections.abc import Mapping

from ironclad.domain.stack.registration import Items, Marks, mark
from tasks.registration.deployed import Deployed

_FLOWS = (
    "deploy-stack",
    "tear-down-stack",
    "game-day",
    "disarm-faults",
    "halt-game-days",
    "review-error-budget",
)
TITLES = {kind: tuple(f"{flow}/{kind}" for flow in _FLOWS) for kind in ("local", "kubernetes")}
POOL = "local-process"
_CRONS = {
    "weekly-error-burst": "0 10 * * 2",
    "disarm-faults": "*/10 * * * *",
    "daily-budget-review": "0 6 * * *",
}
AUTOMATIONS = frozenset(
    f"disarm-{where}after-a-{what}"
    for where in ("", "kubernetes-")
    for what in ("crash", "lost-heartbeat")
)


def remembered(there: Deployed) -> dict[str, Marks]:
    """Take every field for ours but a pause, and every schedule that is as it was declared."""
    return {
        "fields": {
            **{key: mark("", value) for key, value in there.fields.items()},
            "paused": mark(False, False),  # noqa: FBT003 - the value itself
            "work_pool_name": mark("", POOL),
        },
        "schedules": {
            slug: mark("", value)
            for slug, value in there.schedules.items()
            if _is_as_declared(slug, value)
        },
        "automations": {
            name: mark("", value)
            for name, value in there.automations.items()
            if name in AUTOMATIONS and value["enabled"]
        },
    }


def _is_as_declared(slug: str, value: Items) -> bool:
    """Those of a cluster were declared inactive."""
    timing: Mapping[str, object] = value["schedule"]
    plain = slug.removesuffix("-kubernetes")
    return (timing.get("cron"), timing.get("timezone"), value["active"]) == (
        _CRONS.get(plain),
        "UTC",
        slug == plain,
    )
