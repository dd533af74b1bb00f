"""Where the stack's monitoring comes from, and how large it is."""

from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from ironclad.domain.kubernetes.parameters.parts import (
    FORM,
    Amounts,
    Storage,
    amounts_of,
    check_limits,
    check_url,
    storage_of,
)


class MonitoringSource(StrEnum):
    OWN = "own"
    """Prometheus, Alertmanager, Grafana and exporters come with the stack."""
    EXISTING = "existing"
    """A Prometheus and an Alertmanager that are there already, by URL."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Prometheus:
    __pydantic_config__ = FORM

    image: str = "prom/prometheus:v3.14.0"
    """What it runs; 3.12 or later, which reads new rules without a restart."""
    url: str | None = None
    """Of the one that is there already; only with `monitoring=existing`."""
    storage: Storage = field(default_factory=lambda: storage_of("8Gi"))
    """For its samples."""
    retention: timedelta = timedelta(days=35)
    """Longer than the objective's 30 days, or the budget could not be read at their end."""
    requests: Amounts = field(default_factory=lambda: amounts_of("100m", "256Mi"))
    """What it is promised."""
    limits: Amounts = field(default_factory=lambda: amounts_of("1", "1Gi"))
    """The most that it gets."""

    def __post_init__(self) -> None:
        check_url("monitoring.prometheus.url", self.url)
        check_limits("monitoring.prometheus", self.requests, self.limits)
        if self.retention < timedelta(days=35):
            raise ValueError(
                "monitoring.prometheus.retention must be at least 35d: the objectives look back 30d"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Alertmanager:
    __pydantic_config__ = FORM

    image: str = "prom/alertmanager:v0.34.1"
    """What it runs."""
    url: str | None = None
    """Of the one that is there already; only with `monitoring=existing`."""
    slack_secret: str | None = None
    """A Secret whose keys `critical` and `warning` each hold an https address of Slack's sort;
    without one there is no receiver."""
    webhook_secret: str | None = None
    """The same for addresses that take Alertmanager's own webhooks."""
    team: str = "sre"
    """Whose alerts they get."""

    def __post_init__(self) -> None:
        check_url("monitoring.alertmanager.url", self.url)


@dataclass(frozen=True, slots=True, kw_only=True)
class Monitoring:
    __pydantic_config__ = FORM

    source: MonitoringSource = MonitoringSource.OWN
    """`own`, or `existing` with the URLs of both."""
    scrape_interval: timedelta = timedelta(seconds=5)
    """How often replicas are read; 1s to 30s."""
    evaluation_interval: timedelta = timedelta(seconds=15)
    """How often rules are worked out; 1s to 30s."""
    nodes_proxy: bool = False
    """Read the kubelet through the API server; its permission also allows exec into any pod."""
    prometheus: Prometheus = field(default_factory=Prometheus)
    """The one that keeps the samples."""
    alertmanager: Alertmanager = field(default_factory=Alertmanager)
    """The one that tells of alerts."""
    grafana_image: str = "grafana/grafana:13.2.3"
    """What the dashboards run on."""
    kube_state_metrics_image: str = "registry.k8s.io/kube-state-metrics/kube-state-metrics:v2.18.0"
    """What tells of the cluster's objects."""
    postgres_exporter_image: str = "quay.io/prometheuscommunity/postgres-exporter:v0.19.1"
    """What tells of the database."""

    def __post_init__(self) -> None:
        for name in ("scrape_interval", "evaluation_interval"):
            value: timedelta = getattr(self, name)
            if not timedelta(seconds=1) <= value <= timedelta(seconds=30):
                raise ValueError(
                    f"monitoring.{name} must lie between 1s and 30s: the rules need two samples "
                    "in a minute"
                )
        if self.source is MonitoringSource.EXISTING:
            self._check_existing()

    def _check_existing(self) -> None:
        if not (self.prometheus.url and self.alertmanager.url):
            raise ValueError(
                "monitoring=existing needs monitoring.prometheus.url and "
                "monitoring.alertmanager.url, such as http://prometheus.monitoring:9090"
            )
