"""Ten doses of errors on rules sixty times as fast: burn and alerts, predicted and measured."""

from dataclasses import dataclass
from typing import Any

from trials.harness.stacks import ironclad
from trials.verdict.alert_rows import COLUMNS, alert_rows
from trials.verdict.page import Table
from trials.verdict.progress import Deadline
from trials.verdict.stand import Report, Stand, stand

COMPRESS = 60
SCRAPE_SECONDS = 1
RATE = 150
FAULT_SECONDS, BASELINE_SECONDS, RECOVERY_SECONDS = 20, 15, 26
AVAILABILITY = "orders-availability"


@dataclass(frozen=True, slots=True)
class Dose:
    """A share of the requests to so many of three replicas fail."""

    share: float
    replicas: int

    @property
    def ratio(self) -> float:
        return self.share * self.replicas / 3

    @property
    def must(self) -> list[str]:
        """HighErrorRate asks for 5 %; too close to it is no trial of the time."""
        return ["BudgetBurnFast", *(["HighErrorRate"] if self.ratio > 0.08 else [])]  # noqa: PLR2004

    def __str__(self) -> str:
        return f"{self.share:.0%} on {self.replicas} of 3"


DOSES = (
    *(Dose(share, 1) for share in (0.2, 0.3, 0.5, 0.7, 1.0)),
    *(Dose(share, 2) for share in (0.3, 0.5, 0.8)),
    *(Dose(share, 3) for share in (0.4, 0.9)),
)


def run(games: int, deadline: Deadline) -> list[tuple[Dose, Report]]:
    """One after the other, on a stack with nothing beside it: they are held to seconds."""
    with stand(deadline) as own:
        ready = own.up(rules=_compressed_rules(own))
        doses = [DOSES[number % len(DOSES)] for number in range(games)]
        return [
            (dose, ready.game(f"dose-{number}", _document(number, dose)))
            for number, dose in enumerate(doses)
        ]


def _compressed_rules(own: Stand) -> str:
    rules = str(own.product.folder / "rules")
    ironclad(
        own.product,
        *("slo", "generate", "--compress", str(COMPRESS)),
        *("--scrape-interval", f"{SCRAPE_SECONDS}s", "--output", rules),
    )
    return rules


def _document(number: int, dose: Dose) -> dict[str, Any]:
    fault = {
        "id": "errors",
        "kind": "error",
        "at": "0s",
        "for": f"{FAULT_SECONDS}s",
        "target": {"replicas": dose.replicas},
        "share": dose.share,
        "status": 503,
        "seed": number + 1,
    }
    return {
        "apiVersion": "ironclad/v1",
        "kind": "Experiment",
        "metadata": {"name": f"dose-{number}", "owner": "trials"},
        "hypothesis": f"{dose} is paged when it was predicted.",
        "objectives": [AVAILABILITY, "orders-latency"],
        "load": {"pacer": {"constant": f"{RATE}/s"}, "timeout": "2s"},
        "phases": {
            "baseline": f"{BASELINE_SECONDS}s",
            "recovery": f"{RECOVERY_SECONDS}s",
            "settle": "5s",
        },
        "faults": [fault],
        "expect": {"alerts": {"must": dose.must, "must_not": ["BackendDown"]}},
    }


def burn_table(ran: list[tuple[Dose, Report]]) -> Table:
    return Table(
        name="burn",
        columns=("dose", "predicted bad", "measured bad", "off by", "interval holds it", "verdict"),
        rows=[_burn_row(dose, report) for dose, report in ran],
        remark="Predicted and measured are bad requests by the objective's own indicator.",
    )


def _burn_row(dose: Dose, report: Report) -> tuple[object, ...]:
    found = [one for one in report["budgets"] if one["objective"] == AVAILABILITY]
    if not _shows_something(report) or not found or found[0]["bad_events"] is None:
        return (dose, "–", "–", "–", "–", f"{report['verdict']}: {report['reason']}")
    (budget,) = found
    predicted, measured = budget["predicted_ratio"] * budget["whole_events"], budget["bad_events"]
    off = (measured - predicted) / predicted if predicted else 0.0
    holds = budget["spent_low"] <= budget["predicted_ratio"] <= budget["spent_high"]
    return dose, f"{predicted:.0f}", measured, f"{off:+.1%}", _yes(holds), report["verdict"]


def _shows_something(report: Report) -> bool:
    """Of a game that came to no verdict the figures are none: its load was not what was planned."""
    return report["verdict"] in {"UPHELD", "DEVIATED"}


def alert_table(ran: list[tuple[Dose, Report]]) -> Table:
    shown = [(dose, report) for dose, report in ran if _shows_something(report)]
    rows = [(dose, *row) for dose, report in shown for row in alert_rows(report, _ALLOWED_SECONDS)]
    in_time = sum(row[-1] == "yes" for row in rows)
    return Table(
        name="alerts",
        columns=("dose", *COLUMNS),
        rows=rows,
        remark=(
            f"In time is delivered within 0 to {_ALLOWED_SECONDS:g} s (one scrape and two"
            f" evaluations) after the prediction; {in_time} of {len(rows)} were."
            f" {len(ran) - len(shown)} of {len(ran)} games came to no verdict and are left out."
        ),
    )


_ALLOWED_SECONDS = SCRAPE_SECONDS + 2.0


def _yes(holds: bool) -> str:  # noqa: FBT001
    return "yes" if holds else "no"
