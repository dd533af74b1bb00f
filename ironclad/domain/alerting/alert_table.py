"""The alerts that do not depend on any one objective."""

from datetime import timedelta

from ironclad.domain.alerting.burn_windows import Severity
from ironclad.domain.alerting.rules import REAL_TIME, Group, Rule, Tempo, text
from ironclad.domain.alerting.slo_rules import annotations, labels

_MINUTE = timedelta(minutes=1)
_WINDOW = 5 * _MINUTE
_ORDERS = 'job="ironclad-backend",route=~"/api/orders.*"'
_UP = 'up{job="ironclad-backend"}'
_SWEPT = "ironclad_janitor_last_sweep_timestamp_seconds"


def alert_group(tempo: Tempo = REAL_TIME) -> Group:
    """Give the service's alerts."""
    rules = (
        _high_error_rate(tempo),
        _high_latency(tempo),
        _backend_down(tempo),
        _budget_below(50, "ErrorBudgetBurnRate", Severity.WARNING, tempo),
        _budget_below(10, "ErrorBudgetExhausting", Severity.CRITICAL, tempo),
    )
    return Group(name="ironclad_alerts", interval=tempo.short(timedelta(seconds=30)), rules=rules)


def self_group(tempo: Tempo = REAL_TIME) -> Group:
    """Give the alerts by which Ironclad watches itself."""
    rules = (_fault_left_over(tempo), _janitor_silent(tempo), _game_day_overdue(tempo))
    return Group(name="ironclad_self", interval=tempo.short(timedelta(seconds=30)), rules=rules)


def _high_error_rate(tempo: Tempo) -> Rule:
    window = text(tempo.window(_WINDOW))
    bad = f'sum(rate(http_requests_total{{{_ORDERS},status=~"5.."}}[{window}]))'
    valid = f"sum(rate(http_requests_total{{{_ORDERS}}}[{window}]))"
    return Rule(
        alert="HighErrorRate",
        expr=f"{bad} / ({valid} > 0) > 0.05",
        wait=tempo.short(_WINDOW),
        labels=labels(Severity.CRITICAL),
        annotations=annotations(
            "More than 5 % of the orders' requests fail",
            "{{ $value | humanizePercentage }} of the requests of the last 5 minutes were "
            "answered with a 5xx.",
            "high-error-rate",
        ),
    )


def _high_latency(tempo: Tempo) -> Rule:
    window = text(tempo.window(_WINDOW))
    buckets = f"sum by (le) (rate(http_request_duration_seconds_bucket{{{_ORDERS}}}[{window}]))"
    return Rule(
        alert="HighLatency",
        expr=f"histogram_quantile(0.95, {buckets}) > 0.5",
        wait=tempo.short(_WINDOW),
        labels=labels(Severity.WARNING),
        annotations=annotations(
            "The slowest 5 % of the orders' requests take more than half a second",
            "The 95th percentile of the last 5 minutes is {{ $value | humanizeDuration }}.",
            "high-latency",
        ),
    )


def _backend_down(tempo: Tempo) -> Rule:
    return Rule(
        alert="BackendDown",
        expr=f"{_UP} == 0 or absent({_UP})",
        wait=tempo.short(_MINUTE),
        labels=labels(Severity.CRITICAL),
        annotations=annotations(
            "A replica of the backend is down",
            "{{ with $labels.instance }}{{ . }} does not answer{{ else }}No replica is even known"
            "{{ end }} to Prometheus.",
            "backend-down",
        ),
    )


def _budget_below(percent: int, name: str, severity: Severity, tempo: Tempo) -> Rule:
    return Rule(
        alert=name,
        expr=f"error_budget_remaining_percentage < {percent}",
        wait=tempo.short(10 * _MINUTE),
        labels=labels(severity),
        annotations=annotations(
            f"Less than {percent} % of an error budget is left",
            '{{ $labels.objective }} has {{ printf "%.1f" $value }} % of its budget left.',
            "error-budget",
        ),
    )


def _fault_left_over(tempo: Tempo) -> Rule:
    running = "ironclad_game_day_running == 1"
    return Rule(
        alert="FaultLeftOver",
        expr=f"sum by (kind) (chaos_fault_active) > 0 unless on () {running}",
        wait=tempo.short(10 * _MINUTE),
        labels=labels(Severity.WARNING),
        annotations=annotations(
            "A fault is armed, but no game day is on",
            "A fault of the kind {{ $labels.kind }} has been armed for 10 minutes.",
            "fault-left-over",
        ),
    )


def _janitor_silent(tempo: Tempo) -> Rule:
    return Rule(
        alert="JanitorSilent",
        expr=f"time() - {_SWEPT} > 60 or absent({_SWEPT})",
        wait=tempo.short(_MINUTE),
        labels=labels(Severity.CRITICAL),
        annotations=annotations(
            "The janitor does not sweep",
            "No sweep for more than a minute: what a dead game day left behind stays broken.",
            "janitor-silent",
        ),
    )


def _game_day_overdue(tempo: Tempo) -> Rule:
    return Rule(
        alert="GameDayOverdue",
        expr="ironclad_game_day_running == 1",
        wait=tempo.short(timedelta(hours=2)),
        labels=labels(Severity.WARNING),
        annotations=annotations(
            "A game day does not end",
            "A game day has held the stack for two hours.",
            "game-day-overdue",
        ),
    )
