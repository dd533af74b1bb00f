"""What may differ between two stacks on Kubernetes: typed, with the defaults of `manifests/`.

A field is set as `group.field=value`; a trailing underscore of a field is not part of its key
(`postgres.storage.class`). Wrong values raise ValueError with one sentence.
"""

from dataclasses import dataclass, field

from ironclad.domain.kubernetes.parameters.monitoring import Monitoring
from ironclad.domain.kubernetes.parameters.parts import (
    DNS_LABEL,
    FORM,
    HOST,
    IMAGE,
    Amounts,
    Storage,
    amounts_of,
    check,
    check_cidr,
    check_limits,
    check_url,
    storage_of,
)
from ironclad.domain.kubernetes.parameters.quantity import Quantity


@dataclass(frozen=True, slots=True, kw_only=True)
class Ingress:
    """Publishes `/api/orders` alone, where a host is named."""

    __pydantic_config__ = FORM

    host: str | None = None
    """The name under which it answers; no Ingress if unset."""
    tls_secret: str | None = None
    """A Secret with the certificate; needs `host`."""
    class_: str | None = None
    """The ingress class; the cluster's default if unset."""

    def __post_init__(self) -> None:
        check(self.host is None or HOST.fullmatch(self.host), "host", self.host)
        if self.tls_secret and not self.host:
            raise ValueError("backend.ingress.tls_secret needs backend.ingress.host beside it")


@dataclass(frozen=True, slots=True, kw_only=True)
class Backend:
    __pydantic_config__ = FORM

    image: str = "ironclad-backend:latest"
    """What the replicas run."""
    replicas: int = 3
    """At creation, and the least the autoscaler may choose."""
    max_replicas: int = 10
    """The most that the autoscaler may choose."""
    autoscaling: bool = True
    """Whether there is an autoscaler at all."""
    target_cpu_ratio: float = 0.7
    """Of the request; above it the autoscaler adds replicas."""
    min_available: int = 2
    """An eviction must leave so many; cut to one less than `replicas`, or no node could drain."""
    requests: Amounts = field(default_factory=lambda: amounts_of("500m", "512Mi"))
    """What each replica is promised."""
    limits: Amounts = field(default_factory=lambda: amounts_of("1", "1Gi"))
    """The most that each replica gets."""
    ingress: Ingress = field(default_factory=Ingress)
    """How the world reaches it."""
    otlp_endpoint: str | None = None
    """Where traces go; also opens the way there in the NetworkPolicy."""

    def __post_init__(self) -> None:
        check(IMAGE.fullmatch(self.image), "backend.image", self.image)
        check(self.replicas >= 1, "backend.replicas", self.replicas, "at least 1")
        least = self.min_available
        check(least >= 0, "backend.min_available", least, "at least 0")
        check_limits("backend", self.requests, self.limits)
        check_url("backend.otlp_endpoint", self.otlp_endpoint)
        if self.max_replicas < self.replicas:
            raise ValueError(
                f"backend.max_replicas is {self.max_replicas}, below backend.replicas "
                f"({self.replicas}); raise the one or lower the other"
            )
        if not 0 < self.target_cpu_ratio <= 1:
            raise ValueError(
                f"backend.target_cpu_ratio is {self.target_cpu_ratio:g}; it must be a ratio above "
                "0 and at most 1, such as 0.7"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Postgres:
    __pydantic_config__ = FORM

    image: str = "postgres:18"
    """What the database runs."""
    storage: Storage = field(default_factory=lambda: storage_of("1Gi"))
    """For the orders."""
    requests: Amounts = field(default_factory=lambda: amounts_of("250m", "256Mi"))
    """What it is promised."""
    limits: Amounts = field(default_factory=lambda: amounts_of("1", "1Gi"))
    """The most that it gets."""

    def __post_init__(self) -> None:
        check(IMAGE.fullmatch(self.image), "postgres.image", self.image)
        check_limits("postgres", self.requests, self.limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ironclad:
    """Ironclad's own part: the janitor, and a worker where there is a Prefect API for it."""

    __pydantic_config__ = FORM

    image: str = "ironclad:latest"
    """What the janitor, the load and the worker run."""
    prefect_api_url: str | None = None
    """The worker is there only with it."""
    work_pool: str = "ironclad-kubernetes"
    """The work pool that the worker takes runs from."""
    storage: Storage = field(default_factory=lambda: storage_of("1Gi"))
    """For reports and history."""

    def __post_init__(self) -> None:
        check(IMAGE.fullmatch(self.image), "ironclad.image", self.image)
        check_url("ironclad.prefect_api_url", self.prefect_api_url)
        check(self.work_pool.strip(), "ironclad.work_pool", self.work_pool, "a work pool's name")


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """What the whole namespace may ask for, where `enabled`; with defaults for strangers' pods."""

    __pydantic_config__ = FORM

    enabled: bool = False
    """Whether the namespace is limited."""
    cpu: Quantity = field(default_factory=lambda: Quantity("12"))
    """Of all requests together."""
    memory: Quantity = field(default_factory=lambda: Quantity("16Gi"))
    """Of all requests together."""
    storage: Quantity = field(default_factory=lambda: Quantity("50Gi"))
    """Of all claims together."""
    pods: int = 50
    """How many there may be."""

    def __post_init__(self) -> None:
        check(self.pods >= 1, "quota.pods", self.pods, "at least 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiServer:
    """Where pods reach the API server, behind its Service: NetworkPolicies see that address."""

    __pydantic_config__ = FORM

    cidr: str | None = None
    """Any address if unset; named, its pod proxy is let in too, from other nodes as well."""
    port: int | None = None
    """443, 6443 and 8443 if unset."""

    def __post_init__(self) -> None:
        if self.cidr is not None:
            check_cidr(self.cidr)
        is_port = self.port is None or 1 <= self.port <= 65535  # noqa: PLR2004
        check(is_port, "api_server.port", self.port, "a port, 1 to 65535")


@dataclass(frozen=True, slots=True, kw_only=True)
class StackParameters:
    """Everything that `--set` knows."""

    __pydantic_config__ = FORM

    namespace: str = "ironclad-demo"
    """Where the stack lives; it is made if need be."""
    pull_secret: str | None = None
    """A Secret of the namespace that lets the kubelet fetch the images."""
    api_server: ApiServer = field(default_factory=ApiServer)
    """Where pods reach the cluster's API."""
    quota: Quota = field(default_factory=Quota)
    """What the namespace may ask for."""
    postgres: Postgres = field(default_factory=Postgres)
    """The database."""
    backend: Backend = field(default_factory=Backend)
    """The service."""
    monitoring: Monitoring = field(default_factory=Monitoring)
    """Prometheus, Alertmanager, Grafana and exporters."""
    ironclad: Ironclad = field(default_factory=Ironclad)
    """The janitor, the load and the worker."""

    def __post_init__(self) -> None:
        check(DNS_LABEL.fullmatch(self.namespace), "namespace", self.namespace, "a DNS label")
        if self.namespace == "default" or self.namespace.startswith("kube-"):
            raise ValueError(
                f"namespace {self.namespace!r} belongs to the cluster; name one for the stack"
            )
