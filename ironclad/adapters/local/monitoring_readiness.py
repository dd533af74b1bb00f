"""Is what measures the stack ready to measure? Its own word is not enough."""

from collections.abc import Collection, Sequence
from pathlib import Path

from ironclad.adapters.local.monitoring_files import SERVICE_JOB
from ironclad.adapters.local.probes import fetch_json
from ironclad.domain.readiness import Condition, Readiness
from ironclad.errors import RemoteError, UnreachableError


async def scraped(prometheus: str, replicas: Sequence[str]) -> Readiness:
    """Prometheus' ready endpoint is not "has scraped": look for every replica's series."""
    query = f'up{{job="{SERVICE_JOB}"}} == 1'
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


def _counted(
    verb: str, noun: str, wanted: Sequence[str], found: Collection[str | None]
) -> Readiness:
    missing = [each for each in wanted if each not in found]
    count = f"{verb} {len(wanted) - len(missing)} of {len(wanted)} {noun}"
    if missing:
        return Readiness(Condition.IN_PROGRESS, f"{count}; missing {', '.join(missing)}")
    return Readiness(Condition.READY, count)
