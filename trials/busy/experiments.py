"""Short experiments of which the truth is known, so that a wrong verdict is seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ironclad.domain.evidence.outcome import Verdict

_YAML = """\
apiVersion: ironclad/v1
kind: Experiment
metadata: {{name: {name}, owner: sre}}
hypothesis: {hypothesis}
objectives: [orders-availability, orders-latency]
load: {{pacer: {{constant: 100/s}}, mix: {{write: 0.2, read: 0.8}}, timeout: 2s}}
phases: {{baseline: 15s, recovery: 40s, settle: 3s}}
faults:
  - {fault}
expect:
  cost: {{objective: {objective}, at_most_ratio: {at_most}}}
  alerts: {{must: [], must_not: [BackendDown]}}
  safeguards: []
abort_when: [{{error_ratio_over: 0.3, for: 5s}}]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """`truth` is the verdict of an idle machine; INCONCLUSIVE is always honest."""

    name: str
    hypothesis: str
    fault: str
    objective: str
    at_most: float
    truth: Verdict

    def write(self, folder: Path) -> Path:
        path = folder / f"{self.name}.yaml"
        path.write_text(
            _YAML.format(
                name=self.name,
                hypothesis=self.hypothesis,
                fault=self.fault,
                objective=self.objective,
                at_most=self.at_most,
            ),
            encoding="utf-8",
        )
        return path


_ERRORS = (
    "{id: errors, kind: error, at: 0s, for: 20s, target: {replicas: 1}, share: 0.2, status: 503,"
    " seed: 1}"
)

ERRORS = Known(
    name="busy-errors",
    hypothesis="20 % errors on one replica for 20 s cost at most 0.1 % of the month.",
    fault=_ERRORS,
    objective="orders-availability",
    at_most=0.001,
    truth=Verdict.UPHELD,
)
LATENCY = Known(
    name="busy-latency",
    hypothesis="Half of one replica's answers 600 ms late cost at most 0.01 % of the month.",
    fault=(
        "{id: late, kind: latency, at: 0s, for: 20s, target: {replicas: 1}, share: 0.5,"
        " delay: 600ms, seed: 1}"
    ),
    objective="orders-latency",
    at_most=0.0001,
    truth=Verdict.UPHELD,
)
KILL = Known(
    name="busy-kill",
    hypothesis="A replica that dies without a word costs at most 0.05 % of the month.",
    fault="{id: kill, kind: replica-kill, at: 0s, target: {replicas: 1}, within: 20s}",
    objective="orders-availability",
    at_most=0.0005,
    truth=Verdict.UPHELD,
)
DEAR = Known(
    name="busy-dear",
    hypothesis="20 % errors on one replica for 20 s cost nothing, which is false.",
    fault=_ERRORS,
    objective="orders-availability",
    at_most=0.0001,
    truth=Verdict.DEVIATED,
)


def dealt(games: int) -> Sequence[Known]:
    """Give so many in turn, one in five of them with a false hypothesis."""
    return [(ERRORS, LATENCY, KILL, ERRORS, DEAR)[number % 5] for number in range(games)]
