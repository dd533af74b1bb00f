"""Where to look further: the graphs of those minutes, the flow run, runbooks, the experiment."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode, urlsplit

from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.experiment.plan import Plan
from ironclad.domain.judging.assessment import Assessment
from ironclad.domain.stack.stack import PlatformName
from ironclad.report.formats import formatting
from ironclad.report.model import document

EXPERIMENT = "experiment.yaml"
"""The file as it was when the run began, beside the report."""
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
    if plan.endpoints.prometheus and plan.stack.platform is PlatformName.LOCAL:
        yield "Prometheus over this game day", graphs_over(plan, plan.endpoints.prometheus)


def _flow_run(plan: Plan) -> Iterator[tuple[str, str]]:
    if plan.flow_run:
        yield "Prefect's flow run", plan.flow_run


def _runbooks(assessment: Assessment) -> Iterator[tuple[str, str]]:
    """A rule that ships names its page by a path in the checkout, where reports lie by default."""
    named = [one.sighting for one in assessment.alerts if one.sighting]
    fired = [one for one in (*named, *assessment.further_alerts) if one.firing_at and one.runbook]
    for seen in fired:
        is_path = not urlsplit(seen.runbook).scheme
        yield f"Runbook of {seen.name}", f"../../{seen.runbook}" if is_path else seen.runbook


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
