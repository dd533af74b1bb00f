"""Every form of the report at once, byte for byte the same for the same evidence."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.judging.assessment import assess
from ironclad.domain.text.printable import printable
from ironclad.report.formats import formatting, planned, sentences
from ironclad.report.formats.html import html_of
from ironclad.report.formats.junit import junit_of
from ironclad.report.model.document import Report
from ironclad.report.parts.assembly import report_of
from ironclad.report.parts.links import EXPERIMENT, runbooks
from ironclad.report.pictures.timeline import timeline_picture


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


WIDTH = 900


def timeline_svg(report: Report, evidence: Evidence) -> str:
    """Carry the page's own style along; it follows the reader's light or dark as the page does."""
    style = files("ironclad.report").joinpath("templates/style.css").read_text(encoding="utf-8")
    drawn = printable(str(timeline_picture(report, evidence)))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" font-family="sans-serif" width="{WIDTH}"'
    drawn = drawn.replace("<svg", head, 1).replace(' width="100%"', "", 1)
    rules = f"</title><style>{_picture_rules(style)}</style>"
    return drawn.replace("</title>", rules, 1) + "\n"


def _picture_rules(style: str) -> str:
    """Take the colours and what is drawn with them; what shapes a page means nothing here."""
    start, end = style.index(".picture {"), style.index("@media (max-width")
    colours = style[: style.index(".upheld {")]
    own = "svg { background: var(--paper); }"  # a page may be dark where its reader is not
    return (colours + style[start:end] + own).replace("<", "")


JSON = "report.json"
MARKDOWN = "report.md"
HTML = "report.html"
JUNIT = "junit.xml"
TIMELINE = "timeline.svg"


@dataclass(frozen=True, slots=True)
class Rendered:
    """The report and its files by name; `report.json` comes last: with it the report is whole."""

    report: Report
    files: Mapping[str, str]


def render_all(evidence: Evidence) -> Rendered:
    assessment = assess(evidence)
    report = report_of(evidence, assessment)
    files = {
        MARKDOWN: markdown_of(report, evidence),
        HTML: html_of(report, evidence),
        JUNIT: junit_of(report, assessment),
        TIMELINE: timeline_svg(report, evidence),
        **_experiment(evidence),
        **runbooks(report.links),
        JSON: json_of(report),
    }
    return Rendered(report, {name: encodable(text) for name, text in files.items()})


def _experiment(evidence: Evidence) -> dict[str, str]:
    source = evidence.plan.experiment.source
    return {EXPERIMENT: source} if source else {}


def json_of(report: Report) -> str:
    return json.dumps(report.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n"


def encodable(text: str) -> str:
    """Replace lone surrogates, which broken bytes on a command line become."""
    return text.encode("utf-8", "replace").decode()
