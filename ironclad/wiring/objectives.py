"""The objectives as they are declared, and the rules that are made from them."""

import re
from pathlib import Path

from ironclad.adapters.experiments.objectives import (
    SloDocuments,
    prometheus_rule,
    rule_files,
    write_rule_files,
)
from ironclad.domain.alerting.rules import Tempo
from ironclad.domain.slo.deploy_gate import Gate
from ironclad.domain.stack.stack import StackRef
from ironclad.game_day.planning.budget import deploy_gate as ask_deploy_gate
from ironclad.settings import PROJECT, settings
from ironclad.wiring.stack import open_toolbox
from ironclad.wiring.target import ANY, StackTarget

_ALERT = re.compile(r"^[ -]*alert: *[\"']?(\w+)", re.MULTILINE)
RULES = PROJECT / "monitoring" / "rules"
"""Where the committed rules lie, which run in real time."""


def objective_documents() -> SloDocuments:
    return SloDocuments(PROJECT / "monitoring" / "slos")


async def deploy_gate(
    ref: StackRef, target: StackTarget = ANY, *, ignore_budget: bool = False
) -> Gate:
    """Ask whether the error budgets allow what a deploy would do to the backend."""
    every = tuple(objective_documents().every().values())
    async with open_toolbox(ref, target) as tools:
        return await ask_deploy_gate(tools, every, ignore_budget=ignore_budget)


def rules(tempo: Tempo) -> dict[str, str]:
    """Give the text of each rule file by its name. Raises BadInputError for a bad document."""
    return rule_files(objective_documents().every().values(), tempo)


def alert_names() -> frozenset[str]:
    """Name the alerts of the rules that a local stack loads."""
    folder = settings().rules or RULES
    texts = (path.read_text(encoding="utf-8") for path in folder.glob("*.y*ml"))
    return frozenset(name for text in texts for name in _ALERT.findall(text))


def write_rules(folder: Path, tempo: Tempo) -> tuple[Path, ...]:
    """Write the rule files; gives where."""
    files = rules(tempo)
    write_rule_files(folder, files)
    return tuple(folder / name for name in files)


def as_prometheus_rule(tempo: Tempo) -> str:
    """Give the same groups as one object of the Prometheus operator."""
    return prometheus_rule(rules(tempo))
