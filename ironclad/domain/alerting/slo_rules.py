"""What Prometheus records of an objective, and what it alerts on: burn, and no measurement.

Events are recorded step by step and summed up over long windows. That weighs by requests and not by
minutes, and avoids loading a month of raw samples. What is missing stays missing: no expression
turns an absent series into a good answer, and each ends in `>= 0`, which is false for NaN.
"""

from collections.abc import Callable, Iterator
from datetime import timedelta

from ironclad.domain.alerting.burn_windows import BURN_ROWS, FEWEST_BAD_EVENTS, BurnRow, Severity
from ironclad.domain.alerting.rules import REAL_TIME, Group, Rule, Tempo, number, text
from ironclad.domain.slo.slo import Indicator, Objective

_TEAM = "sre"


def objective_groups(objective: Objective, tempo: Tempo = REAL_TIME) -> tuple[Group, Group]:
    """Give what is recorded of an objective, and what is alerted on."""
    alerts = (*(_burn(objective, row) for row in BURN_ROWS), _missing(objective, tempo))
    return (
        Group(
            name=f"slo_{objective.name}", interval=tempo.step, rules=(*records(objective, tempo),)
        ),
        Group(
            name=f"slo_alerts_{objective.name}",
            interval=tempo.short(timedelta(seconds=30)),
            rules=alerts,
        ),
    )


def labels(severity: Severity) -> dict[str, str]:
    return {"severity": severity.value, "team": _TEAM}


def annotations(summary: str, description: str, runbook: str) -> dict[str, str]:
    return {
        "summary": summary,
        "description": description,
        "runbook_url": f"docs/runbooks/{runbook}.md",
    }


def burn_threshold(objective: Objective, row: BurnRow) -> float:
    """Give the ratio of bad events above which the row alerts, in both of its windows."""
    return row.factor * objective.error_budget


def _burn(objective: Objective, row: BurnRow) -> Rule:
    threshold = number(burn_threshold(objective, row))
    long, short = (
        f"{recorded(objective, ratio_name(window))} > {threshold}"
        for window in (row.long, row.short)
    )
    enough = f"{recorded(objective, bad_events_name(row.long))} >= {FEWEST_BAD_EVENTS}"
    share = number(100 * row.budget_share(objective.period))
    return Rule(
        alert=row.name,
        expr=f"{long} and {short} and {enough}",
        labels=labels(row.severity),
        annotations=annotations(
            f"{objective.name} burns its error budget {number(row.factor)} times too fast",
            f"{{{{ $value | humanizePercentage }}}} of the requests of the last {text(row.long)} "
            f"were bad; a whole window like this costs {share} % of the budget.",
            "budget-burn",
        ),
    )


def _missing(objective: Objective, tempo: Tempo) -> Rule:
    selectors = objective.indicator.selectors.values()
    return Rule(
        alert="ObjectiveNotMeasured",
        expr=" or ".join(f"absent({selector})" for selector in selectors),
        wait=tempo.short(timedelta(minutes=5)),
        labels=labels(Severity.WARNING) | {"objective": objective.name},
        annotations=annotations(
            f"{objective.name} is not measured",
            "A series that the objective is computed from does not exist, so no alert on its "
            "budget can fire.",
            "objective-not-measured",
        ),
    )


_RAW_AT_MOST = timedelta(hours=1)
_LOAD_BAD = 'load_requests_total{job="ironclad-backend",status=~"5.."}'
"""The failures of requests that a load generator sent; they are in the objective's own as well."""

_LAST_KNOWN_WITHIN = timedelta(minutes=15)
"""A gap in the samples of up to so long loses nothing: what came in it counts at its end."""


def records(objective: Objective, tempo: Tempo) -> Iterator[Rule]:
    """Give them in the order in which they need each other."""
    yield _record(objective, "slo:objective:ratio", f"vector({number(objective.target)})")
    yield from _events(objective, tempo)
    yield from _ratios(objective, tempo)
    yield from _long_counts(objective, tempo)
    yield from _budget(objective, tempo)
    if objective.counts_failures:
        yield from _game_days(objective, tempo)


def recorded(objective: Objective, name: str) -> str:
    return f'{name}{{objective="{objective.name}"}}'


def ratio_name(window: timedelta) -> str:
    """Name a ratio by its window in real time whatever the tempo, so that alerts read the same."""
    return f"slo:bad_ratio:rate{text(window)}"


def bad_events_name(window: timedelta) -> str:
    return f"slo:bad_events:sum{text(window)}"


def _record(objective: Objective, name: str, expr: str) -> Rule:
    return Rule(record=name, expr=expr, labels={"objective": objective.name})


def _bad(indicator: Indicator, counted: Callable[[str], str]) -> str:
    """Where good events are counted, take the difference; rounding may not push it below 0."""
    if indicator.bad is not None:
        return counted(indicator.bad)
    return f"clamp_min({counted(indicator.valid)} - {counted(indicator.good or '')}, 0)"


def _events(objective: Objective, tempo: Tempo) -> Iterator[Rule]:
    """Record what each step added, from last known value to last known value, resets included.

    `rate()` would not do: it extrapolates, and never sees what a gap longer than its window hid.
    """
    indicator = objective.indicator
    valid, bad = _added(indicator.valid, tempo), _bad(indicator, lambda one: _added(one, tempo))
    seconds = number(tempo.step.total_seconds())
    yield _record(objective, "slo:valid_events:rate", f"{valid} / {seconds} >= 0")
    yield _record(objective, "slo:bad_events:rate", f"{bad} / {seconds} >= 0")


def _added(counter: str, tempo: Tempo) -> str:
    """Add up by series: the difference, or the new value where that is lower (a restart)."""
    step = text(tempo.step)
    known = f"({counter} >= 0)[{text(tempo.window(_LAST_KNOWN_WITHIN))}:{step}]"
    now, before = f"last_over_time({known})", f"last_over_time({known} offset {step})"
    return f"sum({now} - {before} >= 0 or {now} < {before})"


def _sum(objective: Objective, kind: str, window: timedelta, tempo: Tempo) -> str:
    """Turn recorded rates into a number of events."""
    rates = recorded(objective, f"slo:{kind}_events:rate")
    return f"sum_over_time({rates}[{text(window)}]) * {number(tempo.step.total_seconds())}"


def _ratios(objective: Objective, tempo: Tempo) -> Iterator[Rule]:
    for window in sorted({window for row in BURN_ROWS for window in (row.short, row.long)}):
        bad, valid = _ratio_parts(objective, window, tempo)
        yield _record(objective, ratio_name(window), f"{bad} / ({valid} > 0) >= 0")


def _ratio_parts(objective: Objective, window: timedelta, tempo: Tempo) -> tuple[str, str]:
    """Take short windows from the raw counters: recorded rates would delay a page."""
    length = tempo.window(window)

    def rate(counter: str) -> str:
        return f"sum(rate({counter}[{text(length)}]))"

    if window <= _RAW_AT_MOST:
        return _bad(objective.indicator, rate), rate(objective.indicator.valid)
    return _sum(objective, "bad", length, tempo), _sum(objective, "valid", length, tempo)


def _long_counts(objective: Objective, tempo: Tempo) -> Iterator[Rule]:
    for row in BURN_ROWS:
        bad = _sum(objective, "bad", tempo.window(row.long), tempo)
        yield _record(objective, bad_events_name(row.long), bad)


def _budget(objective: Objective, tempo: Tempo) -> Iterator[Rule]:
    """Count spent ÷ allowed in requests. The period is never compressed: it is the promise."""
    period, budget = objective.period, number(objective.error_budget)
    valid, bad = (f"slo:{kind}_events:sum{text(period)}" for kind in ("valid", "bad"))
    yield _record(objective, valid, _sum(objective, "valid", period, tempo))
    yield _record(objective, bad, _sum(objective, "bad", period, tempo))
    left = f"100 * (1 - {recorded(objective, bad)} / ({budget} * {_requests(objective)}))"
    yield _record(objective, "error_budget_remaining_percentage", left)
    yield _record(objective, "error_budget_coverage_ratio", _coverage(objective, tempo))


def _game_days(objective: Objective, tempo: Tempo) -> Iterator[Rule]:
    """Book what load generators' requests cost apart, so that a month can be read both ways.

    Only failures: the backend counts the generators' requests by status, not by how long they took.
    """
    step, period = number(tempo.step.total_seconds()), objective.period
    bad = f"{_added(_LOAD_BAD, tempo)} / {step} >= 0"
    yield _record(objective, "slo:game_day_bad_events:rate", bad)
    booked = f"slo:game_day_bad_events:sum{text(period)}"
    yield _record(objective, booked, _sum(objective, "game_day_bad", period, tempo))
    spent = recorded(objective, booked)
    yield _record(
        objective,
        "error_budget_spent_by_game_days_percentage",
        f"100 * {spent} / ({number(objective.error_budget)} * {_requests(objective)})",
    )


def _requests(objective: Objective) -> str:
    """Give the requests of a whole period: as many as declared, unless there were more."""
    valid = recorded(objective, f"slo:valid_events:sum{text(objective.period)}")
    return f"clamp_min({valid}, {objective.declared_requests})"


def _coverage(objective: Objective, tempo: Tempo) -> str:
    """Tell for how much of the period there are samples at all."""
    rates = recorded(objective, "slo:valid_events:rate")
    count = f"count_over_time({rates}[{text(objective.period)}])"
    return f"clamp_max({count} / {number(objective.period / tempo.step)}, 1)"
