"""The planted mistakes: each deviates by a shipped experiment, and the sound backend upholds it."""

from collections.abc import Iterator
from dataclasses import dataclass

from benchmarks.verdict_trials.page import Table
from benchmarks.verdict_trials.stand import Report, Stand

SOUND = "backend"


@dataclass(frozen=True, slots=True)
class Planted:
    """`module` in benchmarks.regressions, and the shipped experiment that finds it."""

    module: str
    experiment: str


PLANTED = (
    Planted("lost_write", "error-burst"),
    Planted("errors_as_successes", "error-burst"),
    Planted("sticky_errors", "error-burst"),
    Planted("pool_leak", "error-burst"),
    Planted("no_drain", "pod-delete"),
    Planted("readiness_lies", "pod-delete"),
    Planted("breaker_never_closes", "breaker-trips"),
    Planted("doubled_write", "error-burst"),
    Planted("no_query_timeout", "stuck-queries"),
    Planted("impatient_retry", "slow-database"),
)


def run(stand: Stand, games: int) -> Iterator[tuple[str, str, Report]]:
    """Yield what ran, by which experiment, and its report: the sound backend first."""
    chosen = PLANTED[:games]
    experiments = list(dict.fromkeys(one.experiment for one in chosen))
    sound = stand.up(backend_module=SOUND)
    for experiment in experiments:
        yield SOUND, experiment, sound.game(experiment)
    for one in chosen:
        ready = stand.up(backend_module=f"benchmarks.regressions.{one.module}")
        yield one.module, one.experiment, ready.game(one.experiment)


def planted_table(ran: list[tuple[str, str, Report]]) -> Table:
    rows = [_row(module, experiment, report) for module, experiment, report in ran]
    met = sum(row[3] == "yes" for row in rows)
    return Table(
        name="planted",
        columns=("backend", "experiment", "verdict", "as it should", "why"),
        rows=rows,
        remark=f"{met} of {len(rows)} as they should be.",
    )


def _row(module: str, experiment: str, report: Report) -> tuple[object, ...]:
    wanted = "UPHELD" if module == SOUND else "DEVIATED"
    verdict = report["verdict"]
    as_it_should = "yes" if verdict == wanted else "no"
    return module, experiment, verdict, as_it_should, report["reason"]


def sources_table(ran: list[tuple[str, str, Report]]) -> Table:
    """The three sources, of every game of this part."""
    rows = [
        (module, experiment, *_sources(budget))
        for module, experiment, report in ran
        for budget in report["budgets"]
    ]
    return Table(
        name="sources",
        columns=("backend", "experiment", "objective", "reconciled", "unexplained", "explanation"),
        rows=rows,
    )


def _sources(budget: Report) -> tuple[object, ...]:
    sources = budget["sources"]
    return (
        budget["objective"],
        {True: "yes", False: "no", None: "not known"}[sources["reconciled"]],
        sources["unexplained"],
        sources["explanation"],
    )
