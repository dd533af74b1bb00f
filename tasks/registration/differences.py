"""What a person changed in Prefect, a sentence each."""

from collections.abc import Iterator, Mapping

from ironclad.domain.stack.registration import Items, Settled
from tasks.registration.deployed import Deployed

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
