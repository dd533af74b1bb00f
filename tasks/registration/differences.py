"""What a person changed in Prefect, and what earlier versions registered, a sentence each."""

from collections.abc import Iterator, Mapping

from ironclad.domain.stack.registration import Items, Marks, Settled, mark
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


def remembered_of_former(there: Deployed) -> dict[str, Marks]:
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


_WORDS = {
    "concurrency_limit": "concurrency limit",
    "job_variables": "job variables",
    "work_pool_name": "work pool",
}


def sentences(wanted: Deployed, there: Deployed, settled: Mapping[str, Settled]) -> Iterator[str]:
    """Name each difference that stays."""
    for key in settled["fields"].kept:
        yield f"{there.title}: {_field(key, there.fields[key])}"
    for slug in settled["schedules"].kept:
        said = _schedule(wanted.schedules.get(slug), there.schedules.get(slug))
        yield f"{there.title}: its schedule {slug} {said}"
    for name in settled["automations"].kept:
        said = _automation(wanted.automations.get(name), there.automations.get(name))
        yield f"{there.title}: its automation {name!r} {said}"


def _field(key: str, value: object) -> str:
    if key == "paused":
        return "it is paused" if value else "it is not paused any more"
    return f"{_WORDS.get(key, key.replace('_', ' '))} changed"


def _schedule(wanted: Items | None, there: Items | None) -> str:
    if there is None:
        return f"was deleted (declared: {_timing(wanted)})"
    if wanted is None:
        return f"was added ({_timing(there)})"
    if not there["active"] and wanted["active"]:
        return "is paused"
    if there["active"] and not wanted["active"]:
        return "is switched on"
    if there["schedule"] == wanted["schedule"]:
        return "has other parameters"
    return f"is {_timing(there)} (declared: {_timing(wanted)})"


def _timing(value: Items | None) -> str:
    timing = (value or {}).get("schedule", {})
    every = timing.get("cron") or timing.get("rrule") or f"every {timing.get('interval')} s"
    return " ".join(filter(None, (f"{every}", timing.get("timezone"))))


def _automation(wanted: Items | None, there: Items | None) -> str:
    if there is None:
        return "was deleted"
    if wanted is None:
        return "was added"
    return "was changed" if there["enabled"] else "is switched off"
