"""The verdict as JUnit XML, one test case for each question, so that any CI shows it.

A check that is shown false is a failure, one that is not known an error. One that does not apply is
skipped; none of the three is a pass. The file is red exactly when the verdict is not UPHELD.
"""

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from ironclad.domain.judging.assessment import Assessment
from ironclad.domain.judging.check import Answer, Check
from ironclad.domain.text.printable import printable
from ironclad.report.model.document import Report
from ironclad.report.model.part import rfc3339

_ELEMENTS = {Answer.REFUTED: "failure", Answer.UNKNOWN: "error"}


def junit_of(report: Report, assessment: Assessment) -> str:
    """A run that never began has one case, which is skipped."""
    suite = Element("testsuite", _attributes(report))
    _properties(suite, report)
    if report.verdict is None:
        _skipped(suite, report)
    else:
        for number, check in enumerate(assessment.checks, start=1):
            _case(suite, report, check, number)
    _count(suite)
    suites = Element("testsuites", {name: suite.attrib[name] for name in _TOTALS})
    suites.append(suite)
    indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(suites, encoding="unicode") + "\n"


_TOTALS = ("tests", "failures", "errors", "skipped")


def _attributes(report: Report) -> dict[str, str]:
    seconds = (report.finished_at - report.started_at).total_seconds()
    return {
        "name": printable(f"game-day {report.experiment}"),
        "timestamp": rfc3339(report.started_at),
        "time": f"{seconds:.3f}",
        "hostname": printable(f"{report.platform}/{report.stack}"),
    }


def _properties(suite: Element, report: Report) -> None:
    values = {
        "run": report.id,
        "status": report.status,
        "verdict": report.verdict or "",
        "reason": report.reason,
        "exit_code": str(report.exit_code),
    }
    properties = SubElement(suite, "properties")
    for name, value in values.items():
        SubElement(properties, "property", {"name": name, "value": printable(str(value))})


def _skipped(suite: Element, report: Report) -> None:
    case = SubElement(suite, "testcase", _names(report, "status"))
    SubElement(case, "skipped", {"message": printable(report.reason)})


def _case(suite: Element, report: Report, check: Check, number: int) -> None:
    """Number them: two gaps have one subject, and a name that comes twice hides one of both."""
    case = SubElement(suite, "testcase", _names(report, f"{number:02} {check.subject}"))
    sentence = printable(check.sentence)
    if check.answer is Answer.SHOWN:
        SubElement(case, "system-out").text = sentence
    else:
        SubElement(case, _ELEMENTS[check.answer], {"message": sentence})


def _names(report: Report, name: str) -> dict[str, str]:
    classname = f"ironclad.{report.experiment}"
    return {"classname": printable(classname), "name": printable(name), "time": "0"}


def _count(suite: Element) -> None:
    for name, tag in zip(_TOTALS, ("testcase", "failure", "error", "skipped"), strict=True):
        suite.set(name, str(sum(1 for _ in suite.iter(tag))))
