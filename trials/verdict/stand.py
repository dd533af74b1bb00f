"""A local stack of its own for trials, with settings that may change between two games."""

import json
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from tests.fakes.stack.product import BIN, Product
from trials.harness.serving import ROOT
from trials.harness.stacks import ironclad, product
from trials.verdict.progress import Deadline, say

Report = dict[str, Any]
"""A report.json and the `folder` that it lies in."""


def no_report(reason: str) -> Report:
    return {"verdict": "NONE", "reason": reason, "budgets": [], "alerts": [], "findings": []}


@dataclass(frozen=True, slots=True)
class Stand:
    product: Product
    deadline: Deadline

    def up(self, **settings: str) -> "Stand":
        """Bring the stack up with these settings, `IRONCLAD_…` without its beginning."""
        named = {f"IRONCLAD_{name.upper()}": value for name, value in settings.items()}
        changed = replace(self.product, tools={**self.product.tools, **named})
        ironclad(changed, "up", "--ignore-budget")
        return replace(self, product=changed)

    def game(
        self, name: str, document: Mapping[str, Any], *, within_seconds: float = 240.0
    ) -> Report:
        """Run a game day; where there is no report of it, the `reason` says why."""
        if self.deadline.is_near:
            return no_report("not run: the time was up")
        began, path = time.monotonic(), self.product.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(dict(document), sort_keys=False), encoding="utf-8")
        report = self._report(path, within_seconds)
        took = time.monotonic() - began
        say(f"{name}: {report['verdict']} in {took:.0f} s: {report['reason']}")
        return report

    def _report(self, path: Path, within_seconds: float) -> Report:
        try:
            ran = self._ran(path, within_seconds)
            said = json.loads(ran.stdout)
            report: Report = json.loads((Path(said["report"]) / "report.json").read_bytes())
        except subprocess.TimeoutExpired as error:
            return no_report(f"it did not end within {error.timeout:g} s")
        except (ValueError, KeyError, TypeError, OSError):
            words = (ran.stderr.strip() or ran.stdout.strip()).splitlines()[-1:]
            return no_report(" ".join(words))
        return {**report, "folder": said["report"]}

    def _ran(self, path: Path, within_seconds: float) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603 - our own command line
            [BIN / "ironclad", "game-day", "run", path, "--ignore-budget", "--json"],
            cwd=ROOT,
            env=self.product.environment,
            capture_output=True,
            text=True,
            timeout=within_seconds,
            check=False,
        )


@contextmanager
def stand(deadline: Deadline) -> Iterator[Stand]:
    """Give one that is gone afterwards, with everything in it; nothing is up in it yet."""
    with product() as made:
        here = {**made.tools, "PYTHONPATH": str(ROOT)}
        yield Stand(replace(made, tools=here), deadline)
