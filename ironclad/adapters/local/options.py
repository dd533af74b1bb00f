"""What a local stack is made with; `wiring` fills it in from the settings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ironclad.domain.alerting.receivers import Receiver


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalOptions:
    """`root` holds one folder for each stack; `sockets` must be a short path.

    `ports` names ports, such as `{"service": 8080}`; the others are free ones, chosen once.
    `prometheus` and `alertmanager` are binaries to use instead of looking for one.
    `receivers` get alerts after the janitor has recorded them.
    `backend_environment` is added to each replica's, for example an OTLP endpoint.
    `backend_module` is what the replicas run, and `rules` a folder of rule files, in place of the
    shipped ones: for trials. `janitor` is a command to run in the real one's place.
    """

    root: Path
    stack: str
    ports: Mapping[str, int] = field(default_factory=dict)
    replica_count: int = 3
    prometheus: Path | None = None
    alertmanager: Path | None = None
    receivers: Sequence[Receiver] = ()
    backend_environment: Mapping[str, str] = field(default_factory=dict)
    backend_module: str = "backend"
    rules: Path | None = None
    janitor: tuple[str, ...] = ()
    sockets: Path = Path("/tmp")  # noqa: S108 - the run folder in it is checked to be ours
