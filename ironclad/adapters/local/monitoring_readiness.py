"""Is what measures the stack ready to measure? Its own word is not enough."""

from collections.abc import Collection, Sequence
from datetime import datetime
from pathlib import Path

from ironclad.adapters.local.probes import fetch_json
from ironclad.domain.readiness import Condition, Readiness
from ironclad.domain.stack import SERVICE_JOB
from ironclad.errors import RemoteError, UnreachableError


async def scraped(prometheus: str, replicas: Sequence[str], since: datetime) -> Readiness:
    """Prometheus' ready endpoint is not "has scraped": look for every replica's series.

    A sample from before Prometheus' own start, `since`, says nothing of the targets of now.
    """
    up = f'up{{job="{SERVICE_JOB}"}}'
    query = f"{up} == 1 and timestamp({up}) > {since.timestamp():.0f}"
    try:
        answer = await fetch_json(f"{prometheus}/api/v1/query", query=query)
        found = {each["metric"].get("pod") for each in answer["data"]["result"]}
    except (UnreachableError, RemoteError, KeyError, ValueError) as error:
        return Readiness(Condition.IN_PROGRESS, f"prometheus: {error}")
    return _counted("Prometheus has scraped", "replicas", replicas, found)


async def rules_loaded(prometheus: str, files: Sequence[Path]) -> Readiness:
    try:
        answer = await fetch_json(f"{prometheus}/api/v1/rules")
        groups = answer["data"]["groups"]
        loaded = {group["file"] for group in groups}
        broken = [
            f"{rule['name']}: {rule['lastError']}"
            for group in groups
            for rule in group["rules"]
            if rule.get("health") == "err"
        ]
    except (UnreachableError, RemoteError, KeyError, ValueError) as error:
        return Readiness(Condition.IN_PROGRESS, f"prometheus: {error}")
    if broken:
        return Readiness(Condition.IN_PROGRESS, f"{len(broken)} rules fail, first {broken[0]}")
    return _counted("Prometheus has loaded", "rule files", [str(path) for path in files], loaded)


async def alertmanager_known(prometheus: str) -> Readiness:
    """Prometheus takes 5 s to learn of it, as of its targets; an alert of before would be lost."""
    try:
        answer = await fetch_json(f"{prometheus}/api/v1/alertmanagers")
        count = len(answer["data"]["activeAlertmanagers"])
    except (UnreachableError, RemoteError, KeyError, ValueError) as error:
        return Readiness(Condition.IN_PROGRESS, f"prometheus: {error}")
    condition = Condition.READY if count else Condition.IN_PROGRESS
    return Readiness(condition, f"Prometheus sends to {count} of 1 Alertmanager")


def _counted(
    verb: str, noun: str, wanted: Sequence[str], found: Collection[str | None]
) -> Readiness:
    missing = [each for each in wanted if each not in found]
    count = f"{verb} {len(wanted) - len(missing)} of {len(wanted)} {noun}"
    if missing:
        return Readiness(Condition.IN_PROGRESS, f"{count}; missing {', '.join(missing)}")
    return Readiness(Condition.READY, count)
