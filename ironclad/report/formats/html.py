"""The report as one HTML file that needs nothing else: no script, no font, no request."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.text.printable import printable
from ironclad.report.formats import formatting, planned, sentences
from ironclad.report.model.document import Report
from ironclad.report.pictures import charts, distribution, timeline

_GOOD = {"on_time", "silent", "held"}
_OPEN = {"already_firing", "not_applicable", "unknown", None}


def html_of(report: Report, evidence: Evidence) -> str:
    template = environment().get_template("report.html.j2")
    text = template.render(report=report, evidence=evidence, plan=planned.planned(evidence))
    return printable(text).strip() + "\n"


@cache
def environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ironclad.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= formatting.FILTERS
    environment.globals |= {
        "between": formatting.between,
        "asked": planned.asked,
        "measured": planned.measured,
        "is_instant": planned.is_instant,
        "source": planned.source,
        "dash": planned.dash,
        "figure": planned.figure,
        "headline": planned.headline,
        "alert_summary": alert_summary,
        "outcome_class": outcome_class,
        "timeline_picture": timeline.timeline_picture,
        "impact_picture": charts.impact_picture,
        "distribution_picture": distribution.distribution_picture,
        **sentences.GLOBALS,
        "cost_picture": charts.cost_picture,
    }
    return environment


def outcome_class(outcome: str | None) -> str:
    if outcome in _GOOD:
        return "good"
    return "open" if outcome in _OPEN else "bad"


def alert_summary(report: Report) -> str:
    """Name what went wrong, if anything did."""
    paged = [one.name for one in report.further_alerts if one.would_page]
    if paged:
        return f"{', '.join(paged)} would have paged unexpectedly"
    if not report.alerts:
        return "none named"
    wrong = [
        f"{alert.name} {formatting.words(alert.outcome)}"
        for alert in report.alerts
        if outcome_class(alert.outcome) != "good"
    ]
    return ", ".join(wrong) or "as expected"
