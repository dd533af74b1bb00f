"""The report as one HTML file that needs nothing else."""

from jinja2 import Environment, PackageLoader, StrictUndefined

from ironclad.domain.evidence import Evidence
from ironclad.report import formats, planned
from ironclad.report.model import Report


def html_of(report: Report, evidence: Evidence) -> str:
    template = _environment().get_template("report.html.j2")
    return template.render(report=report, plan=planned.planned(evidence)).rstrip() + "\n"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("ironclad.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= formats.FILTERS
    environment.globals |= {
        "between": formats.between,
        "asked": planned.asked,
        "measured": planned.measured,
        "source": planned.source,
        "dash": planned.dash,
        "headline": planned.headline,
    }
    return environment
