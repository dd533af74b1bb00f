"""Prometheus' own tool: the budget's rules over random traces, one unit test for each trace."""

import asyncio
import math
import subprocess
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import yaml

from ironclad.adapters.programs.tools import PROMETHEUS, companion
from ironclad.adapters.programs.tools import Toolbox as Tools
from ironclad.settings import settings
from tests.fakes.game_day.traces import STEP_SECONDS, STEPS, Sampled, Trace, trace
from tests.places import ROOT

RULES = ROOT / "monitoring/rules"
OBJECTIVE = "orders-availability"
DECLARED_REQUESTS = 259_200_000
ALLOWED_RATIO = 0.001
TOLERATED_PERCENT = 0.1

_LABELS = f'{{objective="{OBJECTIVE}"}}'
_BUDGET = ("_events:rate", "_events:sum30d", "error_budget_")
_RECORDED = '{__name__=~"slo:.*|error_budget.*"}'
NAN_LEAKS = (
    f"count({_RECORDED} unless on (__name__) ({_RECORDED} >= 0 or on (__name__) {_RECORDED} < 0))"
)
"""NaN is the only value that is neither at or above nor below 0."""


def promtool_program() -> Path:
    """Take the one that lies beside Prometheus; `make install` has fetched it."""
    chosen = settings()
    tools = Tools(chosen.state / "_tools", {PROMETHEUS.name: chosen.prometheus})
    prometheus = asyncio.run(tools.obtain(PROMETHEUS))
    found = companion(PROMETHEUS, prometheus.path)
    assert found, f"there is no promtool beside {prometheus.path}"
    return found


def judged(*command: str | Path) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)  # noqa: S603
    assert done.returncode == 0, (done.stdout + done.stderr).strip()[-4000:]


def judge_budget(promtool: Path, folder: Path, numbers: Iterable[int]) -> None:
    """Compare the recorded budget with the oracle on each of these traces."""
    rules, tests = folder / "budget.yml", folder / "traces_test.yml"
    rules.write_text(yaml.safe_dump(_budget_rules()))
    document = {
        "rule_files": [str(rules)],
        "evaluation_interval": f"{STEP_SECONDS}s",
        "tests": [_unit_test(number, trace(number)) for number in numbers],
    }
    tests.write_text(yaml.safe_dump(document))
    judged(promtool, "test", "rules", tests)


def _budget_rules() -> dict[str, Any]:
    """Take what the budget is computed from out of the committed rules; the rest costs minutes."""
    group = yaml.safe_load((RULES / f"{OBJECTIVE}.yml").read_text())["groups"][0]
    kept = [rule for rule in group["rules"] if any(part in rule["record"] for part in _BUDGET)]
    return {"groups": [{**group, "rules": kept}]}


def _unit_test(number: int, one: Trace) -> dict[str, Any]:
    allowed = ALLOWED_RATIO * max(DECLARED_REQUESTS, one.good_events + one.bad_events)
    left = 100 * (1 - one.bad_events / allowed)
    close = f"abs(error_budget_remaining_percentage - {left}) < bool {TOLERATED_PERCENT}"
    return {
        "name": f"trace {number}",
        "interval": f"{STEP_SECONDS}s",
        "input_series": list(_series(one)),
        "promql_expr_test": [
            _expected(close, [{"labels": _LABELS, "value": 1}]),
            _expected(NAN_LEAKS, []),
        ],
    }


def _expected(expression: str, samples: list[dict[str, Any]]) -> dict[str, Any]:
    at = f"{STEPS * STEP_SECONDS}s"
    return {"expr": expression, "eval_time": at, "exp_samples": samples}


def _series(one: Trace) -> Iterator[dict[str, str]]:
    for status, counters in (("200", one.good), ("503", one.bad)):
        for replica, samples in enumerate(counters):
            labels = f'job="ironclad-backend",route="/api/orders",status="{status}",pod="{replica}"'
            yield {
                "series": f"http_requests_total{{{labels}}}",
                "values": " ".join(map(_written, samples)),
            }


def _written(value: Sampled) -> str:
    if value is None:
        return "_"
    return "NaN" if math.isnan(value) else f"{value:.0f}"
