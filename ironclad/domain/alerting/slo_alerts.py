"""What is alerted on: fast and slow burn of an objective, and a measurement that is not there."""

from datetime import timedelta

from ironclad.domain.alerting.burn_windows import BURN_ROWS, FEWEST_BAD_EVENTS, BurnRow, Severity
from ironclad.domain.alerting.rules import REAL_TIME, Group, Rule, Tempo, number, text
from ironclad.domain.alerting.slo_records import bad_events_name, ratio_name, recorded, records
from ironclad.domain.slo.slo import Objective

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
