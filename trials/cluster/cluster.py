"""What needs a cluster: the scripts beside this one, their figures as rows."""

import json
import os
import subprocess
import sys
from typing import Any

from trials.bench.benchmark import Result
from trials.bench.rows import Row, paired
from trials.harness.serving import ROOT

LONGEST_SECONDS = 1_800
SETTINGS = "BENCH_SET"
"""Parameters of the stacks, as for `ironclad up --set`: KEY=VALUE, separated by blanks."""


def measure_deploy() -> Result:
    values = [part for pair in os.environ.get(SETTINGS, "").split() for part in ("--set", pair)]
    seconds = _script("deploy_kubernetes", *values)["seconds"]
    ours, theirs = seconds["ironclad"], seconds["kubectl"]
    peer = "kubectl apply and rollout status"
    return Result([paired("from no namespace to ready", "s", ours=ours, peer=peer, theirs=theirs)])


def measure_roll_out() -> Result:
    said = _script("roll_out_under_load", "--stack", os.environ.get("BENCH_STACK", "ironclad-demo"))
    figures = (("requests lost", "failed", ""), ("the roll-out", "roll_out_seconds", "s"))
    return Result([Row(name=name, ours=said[key], unit=unit) for name, key, unit in figures])


def _script(name: str, *arguments: str) -> dict[str, Any]:
    done = subprocess.run(  # noqa: S603 - our own command line
        [sys.executable, "-m", f"trials.cluster.{name}", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        timeout=LONGEST_SECONDS,
    )
    figures: dict[str, Any] = json.loads(done.stdout)
    return figures
