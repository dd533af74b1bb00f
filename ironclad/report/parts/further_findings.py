"""Findings beside those of the evidence alone: safeguards that failed, figures that got worse."""

from collections.abc import Iterator, Mapping

from ironclad.domain.experiment.safeguards import SafeguardName
from ironclad.domain.judging.advice.recommendation import Severity
from ironclad.report.formats import sentences
from ironclad.report.model import document

_REMEDIES: Mapping[str, str] = {
    SafeguardName.PDB_REFUSES: "Look at the disruption budget's selector and `minAvailable`.",
    SafeguardName.BREAKER_OPENS_AND_CLOSES: "Look at the breaker's threshold and at how long it"
    " waits before it tries again; and whether the fault reaches what it guards.",
    SafeguardName.READINESS_BEFORE_ERRORS: "Let a replica say that it is not ready first, then wait"
    " until the balancer has noticed, and only then stop: a `preStop` delay, a longer drain.",
    SafeguardName.NO_RESTART_LOOP: "Look into the log of the life before, and at its limits and its"
    " liveness probe: a probe that is too strict ends what is merely slow.",
    SafeguardName.AUTOSCALER_REACHES: "Look at `maxReplicas`, requests and node capacity.",
    SafeguardName.NETWORK_POLICY_DENIES: "Look whether the network plugin enforces policies.",
}
_ORDER = tuple(severity.value for severity in Severity)


def with_further_findings(report: document.Report) -> document.Report:
    """Keep the order: problems, warnings, notes, the evidence's own first among equals."""
    found = [*report.findings, *_safeguards(report), *_regressions(report)]
    ordered = sorted(found, key=lambda one: _ORDER.index(one.severity))
    return report.model_copy(update={"findings": ordered})


def _safeguards(report: document.Report) -> Iterator[document.Finding]:
    for one in report.safeguards:
        if one.outcome == "failed":
            yield document.Finding(
                severity="problem",
                observation=f"The safeguard {one.name} did not hold: {one.observed}.",
                recommendation=_REMEDIES.get(one.name, "Look into what should have coped."),
            )
        if one.outcome == "not_applicable":
            yield document.Finding(
                severity="warning",
                observation=f"The safeguard {one.name} does not apply: {one.observed}.",
                recommendation="Take it out of `expect.safeguards`, or let the experiment test it.",
            )


def _regressions(report: document.Report) -> Iterator[document.Finding]:
    for change in report.comparison.changes:
        if change.is_worse:
            yield document.Finding(
                severity="warning",
                observation=sentences.change_sentence(change),
                recommendation="Look at what changed since the run before: a deploy, a setting, the"
                " load, the machine. Run it once more to tell a trend from chance.",
            )
