"""The report as Markdown: for a pull request, a chat, or Prefect's artifacts."""

from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined

from ironclad.domain.evidence.evidence import Evidence
from ironclad.report.formats import formatting, planned, sentences
from ironclad.report.model.document import Report


def markdown_of(report: Report, evidence: Evidence) -> str:
    template = _environment().get_template("report.md.j2")
    text = template.render(report=report, evidence=evidence, plan=planned.planned(evidence))
    return text.rstrip() + "\n"


@cache
def _environment() -> Environment:
    """No autoescape: this is not HTML; the filter `md` makes text from outside harmless."""
    environment = Environment(  # noqa: S701
        loader=PackageLoader("ironclad.report"),
        undefined=StrictUndefined,
        trim_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters |= {
        **formatting.FILTERS,
        "md": formatting.markdown_text,
        "prose": formatting.markdown_prose,
        "code": _code,
    }
    environment.globals |= {
        "between": formatting.between,
        "asked": planned.asked,
        "measured": planned.measured,
        "source": planned.source,
        "dash": planned.dash,
        "figure": planned.figure,
        "headline": planned.headline,
        **sentences.GLOBALS,
    }
    return environment


def _code(text: str) -> str:
    """Fit for a span of code between double backticks."""
    return " ".join(text.split()).replace("``", "` `")
