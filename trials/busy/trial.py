"""One game day on the busy machine, and what is wrong with how it ended."""

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ironclad.domain.evidence.outcome import Verdict
from trials.busy.experiments import Known
from trials.busy.leases import Lease, lease_watched
from trials.busy.truths import Truths, truths
from trials.harness.stand import Stand

CAUSE = "the machine was too busy"
LAPSES = ("lapsed", "lock was lost", "the runner was away")
_FINISHED_BY_ANOTHER = "wrote the report of "


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """`problems` is empty where everything was as it has to be."""

    number: int
    experiment: str
    truth: str
    verdict: str
    reason: str
    seconds: float
    least_lease_seconds: float | None
    problems: tuple[str, ...]


async def held(stand: Stand, number: int, known: Known) -> Row:
    experiment, began = known.write(stand.experiments), time.monotonic()
    async with lease_watched(stand.stack_folder / "lock") as lease:
        done = await stand.ironclad(
            *("game-day", "run", str(experiment), "--ignore-budget", "--json"),
            *("--why", "a busy trial"),
        )
    seconds = time.monotonic() - began
    said = _said(done.stdout)
    if not said.get("report"):
        words = str(said.get("reason") or done.stderr.strip()[-300:])
        return _row(number, known, said, seconds=seconds, lease=lease, problems=(_not_held(words),))
    found = await truths(stand, said)
    problems = tuple(_problems(stand, known, said, found, lease))
    return _row(number, known, said, seconds=seconds, lease=lease, problems=problems)


def _not_held(words: str) -> str:
    return f"it was not held: {words}"


def _said(text: str) -> Mapping[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _problems(
    stand: Stand, known: Known, said: Mapping[str, Any], found: Truths, lease: Lease
) -> Iterator[str]:
    yield from found.differ
    verdict, reason = found.stored
    if verdict not in {known.truth, Verdict.INCONCLUSIVE}:
        yield f"the truth is {known.truth}, and it says {verdict}"
    if verdict == Verdict.INCONCLUSIVE and CAUSE not in reason:
        yield f"the reason does not name the machine: {reason}"
    if any(words in reason for words in LAPSES):
        yield f"a lease of a live runner lapsed: {reason}"
    if lease.least_seconds is None or lease.least_seconds <= 0:
        yield f"the lock of a live runner lapsed ({lease.least_seconds})"
    if said["id"] in _finished_by_the_janitor(stand.stack_folder / "logs" / "janitor.log"):
        yield "the janitor finished it while its runner lived"


def _finished_by_the_janitor(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    return "\n".join(line for line in lines if _FINISHED_BY_ANOTHER in line)


def _row(
    number: int,
    known: Known,
    said: Mapping[str, Any],
    *,
    seconds: float,
    lease: Lease,
    problems: tuple[str, ...],
) -> Row:
    left = lease.least_seconds
    return Row(
        number=number,
        experiment=known.name,
        truth=str(known.truth),
        verdict=str(said.get("verdict") or said.get("status") or "none"),
        reason=str(said.get("reason") or ""),
        seconds=round(seconds, 1),
        least_lease_seconds=None if left is None else round(left, 1),
        problems=problems,
    )
