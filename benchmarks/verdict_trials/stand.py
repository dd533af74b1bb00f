"""A local stack of its own for trials, with settings that may change between two games."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from benchmarks.stacks import ironclad, product
from tests.fakes.product import Product

Report = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Stand:
    product: Product

    def up(self, **settings: str) -> "Stand":
        """Bring the stack up with these settings, `IRONCLAD_…` without its beginning."""
        named = {f"IRONCLAD_{name.upper()}": value for name, value in settings.items()}
        changed = replace(self.product, tools={**self.product.tools, **named})
        ironclad(changed, "up", "--ignore-budget")
        return Stand(changed)

    def game(self, experiment: str | Path) -> Report:
        """Run a game day; gives its report and its `folder`, or the `reason` why there is none."""
        ran = self.product.run("game-day", "run", str(experiment), "--ignore-budget", "--json")
        try:
            said = json.loads(ran.stdout)
            report: Report = json.loads((Path(said["report"]) / "report.json").read_bytes())
        except (ValueError, KeyError, TypeError, OSError):
            words = (ran.stderr.strip() or ran.stdout.strip()).splitlines()[-1:]
            return {"verdict": "NONE", "reason": " ".join(words), "budgets": [], "alerts": []}
        return {**report, "folder": said["report"]}

    def written(self, name: str, document: Mapping[str, Any]) -> Path:
        path = self.product.folder / f"{name}.yaml"
        path.write_text(yaml.safe_dump(dict(document), sort_keys=False), encoding="utf-8")
        return path


@contextmanager
def stand() -> Iterator[Stand]:
    """Give one that is gone afterwards, with everything in it."""
    with product() as made:
        yield Stand(made)
