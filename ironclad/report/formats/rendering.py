"""Every form of the report at once, byte for byte the same for the same evidence."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.judging.assessment import assess
from ironclad.report.formats.html import html_of
from ironclad.report.formats.junit import junit_of
from ironclad.report.formats.markdown import markdown_of
from ironclad.report.model.document import Report
from ironclad.report.parts.assembly import report_of
from ironclad.report.parts.links import EXPERIMENT, runbooks
from ironclad.report.pictures.standalone import timeline_svg

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
