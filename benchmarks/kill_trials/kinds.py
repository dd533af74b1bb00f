"""Which kinds of fault this version and this stack can do."""

import json

from benchmarks.kill_trials.experiments import text_of
from benchmarks.kill_trials.faults import FAULTS, TrialFault
from benchmarks.kill_trials.stand import Stand


async def possible(stand: Stand) -> tuple[tuple[TrialFault, ...], tuple[str, ...]]:
    """Give those that a plan can be made for, and why the others cannot."""
    able: list[TrialFault] = []
    left_out: list[str] = []
    for fault in FAULTS:
        if reason := await _refusal(stand, fault):
            left_out.append(f"{fault.kind}: {reason}")
        else:
            able.append(fault)
    return tuple(able), tuple(left_out)


async def _refusal(stand: Stand, fault: TrialFault) -> str:
    path = stand.experiments / f"plan-{fault.kind}.yaml"
    path.write_text(text_of(f"plan-{fault.kind}", fault))
    done = await stand.ironclad("game-day", "plan", str(path), "--ignore-budget", "--json")
    if not done.returncode:
        return ""
    try:
        return "; ".join(json.loads(done.stdout)["refused"])
    except (ValueError, KeyError, TypeError):
        return done.stderr.strip().splitlines()[-1]
