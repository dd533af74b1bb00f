"""The experiment of one trial: every phase is there, each as short as it can be."""

from pathlib import Path

from trials.kill.draws import Trial
from trials.kill.faults import TrialFault
from trials.kill.ways import Way

FAULT_ID = "trial"

_TEXT = """\
apiVersion: ironclad/v1
kind: Experiment
metadata: {{name: {name}, owner: kill-trials}}
hypothesis: Nothing is left of it, whatever ends it.
objectives: [orders-availability]
load: {{pacer: {{constant: 30/s}}, mix: {{write: 0.2, read: 0.8}}, timeout: 2s}}
phases: {{baseline: {baseline}, recovery: 1s, settle: 0s}}
faults:
  - {{id: {fault_id}, kind: {kind}, {time}{keys}}}
expect: {{alerts: {{must: [], must_not: []}}}}
abort_when: {abort_when}
"""

_DEVIATES = "[{error_ratio_over: 0.1, for: 1s}]"


def text_of(name: str, fault: TrialFault, *, deviates: bool = False, baseline: str = "2s") -> str:
    return _TEXT.format(
        name=name,
        baseline=baseline,
        fault_id=FAULT_ID,
        kind=fault.kind,
        time=fault.time,
        keys=f", {fault.keys}" if fault.keys else "",
        abort_when=_DEVIATES if deviates else "[]",
    )


def write_experiment(folder: Path, trial: Trial) -> Path:
    path = folder / f"{trial.name}.yaml"
    path.write_text(text_of(trial.name, trial.fault, deviates=trial.way is Way.DEVIATION))
    return path
