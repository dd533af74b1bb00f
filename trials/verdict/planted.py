"""The planted mistakes: each deviates by a shipped experiment, and the sound backend upholds it."""

from collections.abc import Iterable
from dataclasses import dataclass

from trials.verdict.lanes import on_lanes
from trials.verdict.page import Table
from trials.verdict.progress import Deadline
from trials.verdict.shortened import shortened
from trials.verdict.stand import Report, Stand, no_report

SOUND = "backend"


@dataclass(frozen=True, slots=True)
class Planted:
    """`module` in trials.mutants, and the shipped experiment that finds it."""

    module: str
    experiment: str
    remedy: str
    """Words of what its report has to name."""


PLANTED = (
    Planted("lost_write", "error-burst", "only after the commit"),
    Planted("no_drain", "pod-delete", "`preStop` delay"),
    Planted("breaker_never_closes", "breaker-trips", "a breaker does that never closes"),
    Planted("no_query_timeout", "stuck-queries", "below the clients' patience"),
    Planted("impatient_retry", "slow-database", "within a retry budget"),
    Planted("errors_as_successes", "error-burst", "the answer that leaves"),
    Planted("sticky_errors", "error-burst", "a flag that is never cleared"),
    Planted("pool_leak", "error-burst", "connections are never given back"),
    Planted("doubled_write", "error-burst", "idempotency key unique"),
    Planted("readiness_lies", "pod-delete", "`preStop` delay"),
)
KILLS = "replica-kill"
"""Finds no mistake; with the sound backend it shows the sources where counters are lost."""


@dataclass(frozen=True, slots=True)
class Work:
    """One backend and what it is put to."""

    module: str
    experiments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ran:
    module: str
    experiment: str
    report: Report

    @property
    def name(self) -> str:
        return "sound backend" if self.module == SOUND else f"`{self.module}`"


def run(games: int, deadline: Deadline) -> list[Ran]:
    """Put as many mistakes as there are games to their experiment, and the sound backend to all."""
    chosen = PLANTED[:games]
    works = [Work(one.module, (one.experiment,)) for one in chosen]
    first, *more = dict.fromkeys(one.experiment for one in chosen)
    sound = [Work(SOUND, (first, *more[:2])), Work(SOUND, (*more[2:], KILLS))]
    ran = on_lanes([*sound, *works], _put, deadline)
    return [one for _, reports in ran for one in reports]


def _put(stand: Stand, work: Work) -> list[Ran]:
    module = SOUND if work.module == SOUND else f"trials.mutants.{work.module}"
    try:
        ready = stand.up(backend_module=module)
    except RuntimeError as error:
        return [Ran(work.module, name, no_report(str(error))) for name in work.experiments]
    return [
        Ran(work.module, name, ready.game(f"{name}-on-{work.module}", shortened(name)))
        for name in work.experiments
    ]


def planted_table(ran: Iterable[Ran]) -> Table:
    rows = [_row(one) for one in ran]
    met = sum(row[3] == "yes" for row in rows)
    return Table(
        name="planted",
        columns=("backend", "experiment", "verdict", "as it should", "remedy named", "why"),
        rows=rows,
        remark=f"{met} of {len(rows)} as they should be.",
    )


def _row(one: Ran) -> tuple[object, ...]:
    wanted = "UPHELD" if one.module == SOUND else "DEVIATED"
    verdict = one.report["verdict"]
    as_it_should = "yes" if verdict == wanted else "no"
    remedy = _remedy(one)
    return one.name, one.experiment, verdict, as_it_should, remedy, one.report["reason"]


def _remedy(one: Ran) -> str:
    wanted = next((each.remedy for each in PLANTED if each.module == one.module), "")
    if not wanted:
        return "–"
    remedies = [finding["recommendation"] for finding in one.report["findings"]]
    return "yes" if any(wanted in words for words in remedies) else "no"
