"""Where to look further: the graphs of those minutes, the flow run, runbooks, the experiment."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path, PurePosixPath
from urllib.parse import urlencode, urlsplit

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.judging.assessment import Assessment
from ironclad.report.formats import formatting
from ironclad.report.model import document

EXPERIMENT = "experiment.yaml"
"""The file as it was when the run began, beside the report."""
RUNBOOKS = "runbooks"
"""The folder of runbooks, beside the report as in the documentation."""
MARGIN = timedelta(minutes=1)

_GRAPHS = (
    'sum by (status) (rate(http_requests_total{route=~"/api/orders.*"}[30s]))',
    "slo:bad_events:rate / slo:valid_events:rate",
    "error_budget_remaining_percentage",
)


def links(evidence: Evidence, assessment: Assessment) -> list[document.Link]:
    found = (
        *_graphs(evidence.plan),
        *_flow_run(evidence.plan),
        *_runbooks(assessment),
        *_experiment(evidence.plan),
    )
    return [document.Link(name=name, href=href) for name, href in found if _is_harmless(href)]


def graphs_over(plan: Plan, prometheus: str) -> str:
    """Give one address that is right while the game day runs and after it: its end is planned."""
    length = plan.experiment.load_duration + 2 * MARGIN
    end = plan.planned_at + length
    graphs = {
        f"g{number}.{name}": value
        for number, expr in enumerate(_GRAPHS)
        for name, value in (
            ("expr", expr),
            ("tab", "0"),
            ("range_input", f"{length.total_seconds():.0f}s"),
            ("end_input", f"{end:%Y-%m-%d %H:%M:%S}"),
        )
    }
    return f"{prometheus}/graph?{urlencode(graphs)}"


def _graphs(plan: Plan) -> Iterator[tuple[str, str]]:
    """The tunnels into a cluster close behind the game day, so that there is no address."""
    if plan.endpoints.prometheus and plan.stack.spec.is_on_this_machine:
        yield "Prometheus over this game day", graphs_over(plan, plan.endpoints.prometheus)


def _flow_run(plan: Plan) -> Iterator[tuple[str, str]]:
    if plan.flow_run:
        yield "Prefect's flow run", plan.flow_run


def _runbooks(assessment: Assessment) -> Iterator[tuple[str, str]]:
    """A rule that ships names a page of ours by its path; a copy of it lies beside the report."""
    named = [one.sighting for one in assessment.alerts if one.sighting]
    fired = [one for one in (*named, *assessment.further_alerts) if one.firing_at and one.runbook]
    ours = {page.name for page in _pages()}
    for seen in fired:
        page = PurePosixPath(seen.runbook).name
        if "://" in seen.runbook:
            yield f"Runbook of {seen.name}", seen.runbook
        elif page in ours:
            yield f"Runbook of {seen.name}", f"{RUNBOOKS}/{page}"


def runbooks(found: Sequence[document.Link]) -> dict[str, str]:
    """Give every page by its file's name where one is linked to: they link to each other."""
    if not any(link.href.startswith(f"{RUNBOOKS}/") for link in found):
        return {}
    return {f"{RUNBOOKS}/{page.name}": page.read_text(encoding="utf-8") for page in _pages()}


def _pages() -> list[Path]:
    """List them; a wheel has them in this package, a checkout among its other pages."""
    package = Path(__file__).resolve().parents[1]
    folders = (package / RUNBOOKS, package.parents[1] / "docs" / RUNBOOKS)
    return sorted(page for folder in folders for page in folder.glob("*.md"))


def _experiment(plan: Plan) -> Iterator[tuple[str, str]]:
    if plan.experiment.source:
        yield "The experiment as it ran", EXPERIMENT


def _is_harmless(href: str) -> bool:
    """Evidence may be a stranger's: only pages and plain files, never a script."""
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    if parts.scheme:
        return parts.scheme in {"http", "https"} and bool(parts.hostname)
    return all(each == ".." or formatting.is_plain(each) for each in href.split("/"))
