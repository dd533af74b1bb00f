"""report.json as other programs read it; the published JSON Schema is generated from here.

What is not known is null, never a zero. Fields are added, not changed, within a major version.
"""

from typing import Literal

from pydantic import ConfigDict, Field

from ironclad.domain.evidence.outcome import Verdict
from ironclad.report.model.compared import Comparison
from ironclad.report.model.part import Moment, Part, Samples, UndoStep

SCHEMA_VERSION: Literal["1.3"] = "1.3"
SCHEMA_ID = "https://ironclad.dev/schemas/report.v1.json"


class TimelineEntry(Part):
    at: Moment = Field(description="When it happened, RFC 3339 in UTC.")
    mark: str = Field(description="What happened.")
    source: str = Field(
        description=(
            "Whose word it is: ironclad, client, replica, platform, prometheus or alertmanager."
        )
    )


class LatencyMs(Part):
    p50: float = Field(description="Median, in milliseconds.")
    p95: float = Field(description="95th percentile, in milliseconds.")
    p99: float = Field(description="99th percentile, in milliseconds.")
    p999: float = Field(description="99.9th percentile, in milliseconds.")
    max: float = Field(description="Slowest, in milliseconds.")


class Phase(Part):
    name: str = Field(description="baseline, fault or recovery.")
    started_at: Moment = Field(description="When the phase began.")
    ended_at: Moment | None = Field(description="When it ended; null if it was cut off.")
    sent: int = Field(description="Requests that were due in the phase and sent.")
    ok: int = Field(description="Those with a good answer (a 4xx is good).")
    failed: int = Field(description="Those with a 5xx, no answer or a wrong one.")
    expected: int = Field(
        description="Those with the answer that the request expects; a 404 is good, and no such."
    )
    answers: dict[str, int] = Field(
        description="Requests by the status of their answer, or by what came instead of one."
    )
    error_ratio_low: float | None = Field(
        description="Lower bound of the ratio of failed requests (0 to 1), 95 % Wilson interval."
    )
    error_ratio_high: float | None = Field(description="Upper bound of the same.")
    latency_ms: LatencyMs | None = Field(
        description="Latency from the intended send time; null without requests."
    )


class Load(Part):
    offered_rate: float | None = Field(description="Requests that were due, per second.")
    achieved_rate: float | None = Field(description="Requests that were sent, per second.")
    offered: int | None = Field(description="Requests that were due.")
    sent: int | None = Field(description="Requests that were sent.")
    ok: int | None = Field(description="Those with a good answer (a 4xx is good).")
    failed: int | None = Field(description="Those with a 5xx, no answer or a wrong one.")
    wrong: int | None = Field(
        description="Those with a wrong answer: a success that is not what was asked for."
    )
    late: int | None = Field(description="Requests sent more than 10 ms after their time.")
    dropped: int | None = Field(description="Requests that were due at the in-flight limit.")
    unsent: int | None = Field(description="Requests due after the load had to stop.")
    lateness_p99_ms: float | None = Field(
        description="99th percentile of the delay between intended and real sending, in ms."
    )
    latency_ms: LatencyMs | None = Field(description="Latency from the intended send time.")
    split: dict[str, int] | None = Field(description="Answers of each replica, by its name.")


class SourceCounts(Part):
    valid: int = Field(description="Requests that count for the objective.")
    bad: int = Field(description="Those of them that spend its budget.")


class Sources(Part):
    client: SourceCounts | None = Field(description="The load generator's ledger; the load alone.")
    replicas: SourceCounts | None = Field(
        description="The replicas' own counters; all traffic. A restart loses what came before."
    )
    prometheus: SourceCounts | None = Field(
        description="Reset-aware differences of Prometheus' raw samples; all traffic."
    )
    reconciled: bool | None = Field(
        description="Whether every difference is explained; null while a source is missing."
    )
    unexplained: int = Field(description="Requests by which the sources differ without a reason.")
    explanation: str = Field(description="What sets the sources apart, or what is missing.")


class Budget(Part):
    objective: str = Field(description="Name of the objective.")
    target_ratio: float = Field(description="Ratio of requests that must be good (0 to 1).")
    period_days: float = Field(description="Length of the objective's period, in days.")
    declared_requests: int = Field(description="Requests that a whole period brings in real life.")
    allowed_ratio: float | None = Field(
        description="Most that the experiment may spend, as a share of the period's whole budget."
    )
    predicted_ratio: float | None = Field(description="What the plan predicted, as the same share.")
    spent_ratio: float | None = Field(
        description="What was spent, as a share of the period's whole budget, by the indicator."
    )
    spent_low: float | None = Field(description="Lower bound of the 95 % interval of spent_ratio.")
    spent_high: float | None = Field(description="Upper bound of the same.")
    bad_events: int | None = Field(description="Bad requests behind spent_ratio.")
    whole_events: float = Field(
        description="Bad requests that the whole period's budget allows: what is divided by."
    )
    weekly_ratio: float | None = Field(
        description="Share of the budget that such a game day would take if it came every week."
    )
    time_spent_ratio: float | None = Field(
        description="The same burn in bad time: slices of 5 s with more bad requests than allowed."
    )
    time_spent_low: float | None = Field(description="Lower bound of the 95 % interval of that.")
    time_spent_high: float | None = Field(description="Upper bound of the same.")
    client_spent_ratio: float | None = Field(
        description="The same share by the client's ledger, with what the indicator cannot see."
    )
    remaining_before_ratio: float | None = Field(
        description="Share of the budget that was left before; negative when overspent."
    )
    remaining_after_ratio: float | None = Field(
        description="Share that is left after: before minus spent."
    )
    remaining_reason: str = Field(
        description="Why it is not known what was left before; empty where it is known."
    )
    sources: Sources = Field(description="The three counts and whether they agree.")


class AskedDose(Part):
    share: float = Field(description="Share of the targets' requests to hit (0 to 1).")
    status: int | None = Field(description="HTTP status to answer with; null for other kinds.")
    delay_ms: float | None = Field(description="Delay to add, in ms; null for other kinds.")
    jitter_ms: float | None = Field(description="Spread of the delay to either side, in ms.")
    cores: float | None = Field(description="Cores to keep busy; null for other kinds.")
    size_bytes: int | None = Field(description="Memory to hold; null for other kinds.")
    seconds: float = Field(
        description="How long to be armed; of an end, how long the way back may take; in seconds."
    )
    seed: int = Field(description="Chooses which requests are hit.")


class MeasuredDose(Part):
    share: float | None = Field(description="hit ÷ seen (0 to 1).")
    seen: int | None = Field(description="Requests that reached the fault, by the replicas.")
    hit: int | None = Field(description="Requests that it touched, by the replicas.")
    answered: int | None = Field(description="Answers of the targets, by the client.")
    marked: int | None = Field(description="Those of them marked as touched, by the client.")
    delay_ms: float | None = Field(
        description="By how much the median marked answer was slower than the baseline's, in ms."
    )
    seconds: float | None = Field(
        description="From armed (of an instant, applied) to undone, in seconds."
    )
    cpu_seconds: float | None = Field(
        description="CPU seconds that a burn used, of all targets together."
    )
    held_bytes: int | None = Field(description="Memory that was held on each target at least.")


class Fault(Part):
    id: str = Field(description="The fault's id in the experiment.")
    kind: str = Field(description="What was broken, such as latency, error or replica-kill.")
    targets: list[str] = Field(description="Names of the replicas that it was armed on.")
    asked: AskedDose = Field(description="What the experiment asked for.")
    measured: MeasuredDose = Field(description="What was measured.")
    failed: int | None = Field(
        description="Requests that failed while it was at work, whatever made them fail."
    )
    spent_ratio: float | None = Field(
        description="Those, as a share of the whole budget of the objective that is judged."
    )
    detected_seconds: float | None = Field(
        description="From its first effect until the first expected alert fired, in seconds."
    )
    recovered_seconds: float | None = Field(
        description="From its first effect until recovery was proven, in seconds."
    )
    time_to_recover_seconds: float | None = Field(
        description="From its first effect until the service was well again, in seconds."
    )
    held: bool = Field(description="Whether the dose is known to be what was asked for.")
    comment: str = Field(description="Why it is, or is not.")
    armed_at: Moment | None = Field(description="When every target had it, or had ended.")
    seen_at: Moment | None = Field(description="When its effect was first seen.")
    undone_at: Moment | None = Field(
        description="When it was gone from every target; of an end, when all were back."
    )


class Alert(Part):
    name: str = Field(description="Name of the alert.")
    expected: Literal["must", "must_not"] = Field(description="Whether it has to fire, or may not.")
    predicted_at: Moment | None = Field(description="When it was predicted to fire.")
    pending_at: Moment | None = Field(description="When it was first pending, by Prometheus.")
    firing_at: Moment | None = Field(description="When it first fired, by Prometheus.")
    delivered_at: Moment | None = Field(description="When Alertmanager first delivered it.")
    resolved_at: Moment | None = Field(description="When it no longer fired, by Prometheus.")
    outcome: str | None = Field(
        description=(
            "on_time, early, late, missed, noisy, silent, already_firing or not_applicable;"
            " null when it was not read."
        )
    )
    severity: str | None = Field(description="The rule's own label; null where it is not known.")
    would_page: bool | None = Field(
        description="Whether it fired and pages; null where the severity is not known."
    )
    runbook: str = Field(description="Where the rule says what to do; may be empty.")


class FurtherAlert(Part):
    name: str = Field(description="Name of an alert that fired, of which the experiment is silent.")
    severity: str = Field(description="The rule's own label; critical pages.")
    would_page: bool = Field(description="Whether somebody would have been paged.")
    fired_before: bool = Field(description="Whether it fired before the load already.")
    runbook: str = Field(description="Where the rule says what to do; may be empty.")
    pending_at: Moment | None = Field(description="When it was first pending, by Prometheus.")
    firing_at: Moment | None = Field(description="When it first fired, by Prometheus.")
    delivered_at: Moment | None = Field(description="When Alertmanager first delivered it.")
    resolved_at: Moment | None = Field(description="When it no longer fired, by Prometheus.")


class Writes(Part):
    acknowledged: int | None = Field(description="Writes that the service said it holds.")
    lost: int | None = Field(description="Those that were not found again.")
    duplicated: int | None = Field(description="Those that were found more than once.")


class BeforeAfter(Part):
    figure: str = Field(description="What is compared, such as latency or memory.")
    replica: str = Field(description="Of which replica; empty where the service names none.")
    unit: str = Field(description="Unit of the two medians: s, bytes, files or connections.")
    before: float | None = Field(description="Median in the baseline; null with too few samples.")
    after: float | None = Field(description="Median in the last half after the undo.")
    higher_ratio: float | None = Field(
        description="In which share of pairs it was higher afterwards (0 to 1)."
    )
    is_as_before: bool | None = Field(description="Null while it is not known.")


class Recovery(Part):
    proven: bool | None = Field(
        description="True if proven, false if shown not to be, null while neither is known."
    )
    proven_at: Moment | None = Field(description="When the proof was complete.")
    seconds: float | None = Field(
        description="From the first fault's effect to the completed proof, in seconds."
    )
    recovered_at: Moment | None = Field(
        description="When the service was well again, as the later proof shows."
    )
    time_to_recover_seconds: float | None = Field(
        description="From the first fault's effect until then, in seconds."
    )
    comment: str = Field(description="By what it was proven, or why it was not.")
    steps: list[UndoStep] = Field(description="What was taken back, step by step.")
    leftovers: list[str] = Field(description="What was not seen to be taken back; must be empty.")
    as_before: list[BeforeAfter] = Field(
        description="Each replica beside its own baseline; empty where nothing asks for it."
    )


class Safeguard(Part):
    name: str = Field(description="The safeguard as the experiment names it.")
    expected: str = Field(description="What it should have done.")
    observed: str | None = Field(description="What it was seen to do.")
    outcome: str = Field(
        description="held, failed, not_applicable or unknown; only held is a pass."
    )


class Finding(Part):
    severity: Literal["problem", "warning", "note"] = Field(description="How much it matters.")
    observation: str = Field(description="What was seen, with its numbers.")
    recommendation: str = Field(description="What to do about it.")


class Link(Part):
    name: str = Field(description="What is there.")
    href: str = Field(description="An http(s) address, or a path seen from the report's folder.")


class Report(Part):
    """One game day: what was broken, what it cost, and whether the hypothesis held."""

    model_config = ConfigDict(title="Ironclad report")

    schema_version: Literal["1.3"] = Field(description="Version of this document's schema.")
    id: str = Field(description="UTC stamp, experiment and four hex digits; the folder's name.")
    experiment: str = Field(description="Name of the experiment.")
    platform: str = Field(description="local or kubernetes.")
    stack: str = Field(description="Name of the stack.")
    owner: str = Field(description="Who answers for the experiment.")
    replicas: list[str] = Field(description="Every replica that was there when it was planned.")
    started_by: str = Field(description="Who started the run.")
    why: str = Field(description="Why it was started then; may be empty.")
    hypothesis: str = Field(description="The sentence that was put to the test.")
    status: str = Field(
        description="COMPLETED, ABORTED, INTERRUPTED, FAILED, SKIPPED or REFUSED: how it went."
    )
    verdict: Verdict | None = Field(description="What it showed; null for a run that never began.")
    reason: str = Field(description="The verdict's reason in one sentence, with numbers.")
    reasons: list[str] = Field(description="Everything that speaks against UPHELD.")
    exit_code: int = Field(description="What `ironclad game-day run` ended with (0 to 4).")
    started_at: Moment = Field(description="When the run began.")
    finished_at: Moment = Field(description="When it was over.")
    timeline: list[TimelineEntry] = Field(description="Everything that happened, in order.")
    phases: list[Phase] = Field(description="What clients felt, phase by phase.")
    load: Load = Field(description="The load as a whole.")
    budgets: list[Budget] = Field(description="What it cost each objective.")
    faults: list[Fault] = Field(description="What was broken: asked for and measured.")
    alerts: list[Alert] = Field(description="Alerts that had to fire or may not.")
    further_alerts: list[FurtherAlert] = Field(
        description="Every other alert that fired, though the experiment does not speak of it."
    )
    writes: Writes = Field(description="Acknowledged writes, looked up after recovery.")
    recovery: Recovery = Field(description="Whether the service was proven well again.")
    safeguards: list[Safeguard] = Field(description="What should have coped.")
    samples: list[Samples] = Field(description="How whole Prometheus' raw samples are.")
    comparison: Comparison = Field(description="Beside what else this run can be seen.")
    findings: list[Finding] = Field(description="What to do next.")
    links: list[Link] = Field(description="Where to look further.")
    versions: dict[str, str] = Field(description="What it was made with; empty in old evidence.")
    gaps: list[str] = Field(description="What could not be read.")
    warnings: list[str] = Field(description="What the plan warned of, overrides included.")
