"""Prometheus rule files, made from the objectives. `ironclad slo generate` writes them."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import yaml

from ironclad.domain.alerting.alert_table import alert_group, self_group
from ironclad.domain.alerting.rules import OWN_FILE, REAL_TIME, Group, Tempo, group_to_dict
from ironclad.domain.alerting.slo_alerts import objective_groups
from ironclad.domain.slo.slo import Objective

_HEADER = "# Made by `ironclad slo generate` from monitoring/slos/; change those instead.\n"


def rule_files(objectives: Iterable[Objective], tempo: Tempo = REAL_TIME) -> dict[str, str]:
    """Give the text of each file by its name."""
    files = {f"{one.name}.yml": _written(objective_groups(one, tempo)) for one in objectives}
    files[f"{OWN_FILE}.yml"] = _written((alert_group(tempo), self_group(tempo)))
    return files


def write_rule_files(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def prometheus_rule(files: dict[str, str], name: str = "ironclad") -> str:
    """Give the same groups as one PrometheusRule, for those who have the operator."""
    groups = [group for text in files.values() for group in yaml.safe_load(text)["groups"]]
    return _dumped(
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": name, "labels": {"app.kubernetes.io/part-of": "ironclad"}},
            "spec": {"groups": groups},
        }
    )


def _written(groups: Sequence[Group]) -> str:
    return _dumped({"groups": [group_to_dict(group) for group in groups]})


def _dumped(data: dict[str, object]) -> str:
    return _HEADER + yaml.safe_dump(data, sort_keys=False, width=1000, allow_unicode=True)
