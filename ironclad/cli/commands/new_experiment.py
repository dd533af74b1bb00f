"""A first experiment of one's own: a commented file that runs as it is."""

import re
from collections.abc import Sequence
from typing import Annotated

import typer

from ironclad import wiring
from ironclad.cli.terminal.completion import alerts
from ironclad.cli.terminal.console import out
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.errors import BadInputError

NameArgument = Annotated[str, typer.Argument(help="Its name; the file is called NAME.yaml.")]
OwnerOption = Annotated[str, typer.Option("--owner", help="Who answers for it.")]

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")


KindOption = Annotated[FaultKind, typer.Option("--kind", metavar="KIND", help="What is broken.")]
AlertOption = Annotated[
    list[str] | None,
    typer.Option(
        "--alert", help="One that has to fire; may be given several times.", autocompletion=alerts
    ),
]


def new(
    name: NameArgument,
    owner: OwnerOption = "sre",
    kind: KindOption = FaultKind.ERROR,
    alert: AlertOption = None,
) -> None:
    """Write a commented experiment that `game-day plan` takes as it is; change it then."""
    if not _NAME.fullmatch(name):
        raise BadInputError(
            f"{name!r} is no name of an experiment; use at most 40 lower-case letters, digits and"
            " hyphens, such as slow-checkout"
        )
    path = wiring.write_experiment(name, text_of(name, owner, kind, alert or ()))
    out.print(f"{path}: change it, then `ironclad game-day plan {name}`", markup=False)


def text_of(name: str, owner: str, kind: FaultKind, alerts: Sequence[str] = ()) -> str:
    return TEMPLATE.format(
        name=name,
        owner=owner.replace("\n", " "),
        kind=kind,
        fault=wiring.smallest_fault(kind),
        must=", ".join(alerts),
        must_not="" if "BackendDown" in alerts else "BackendDown",
    )


TEMPLATE = """\
# yaml-language-server: $schema=experiment.schema.json
apiVersion: ironclad/v1
kind: Experiment
metadata: {{name: {name}, owner: {owner}}}

# One sentence that the game day can prove wrong: what breaks, and what it may cost at most.
hypothesis: The fault {kind} costs at most 0.1 % of the month.

# Whose budgets are watched: names of the documents in monitoring/slos/.
objectives: [orders-availability, orders-latency]

# An open loop: requests leave at their time, whether earlier ones were answered or not.
load: {{pacer: {{constant: 100/s}}, mix: {{write: 0.2, read: 0.8}}, timeout: 2s}}

# Proving 99.9 % takes 2,995 good answers in a row: at 100/s 30 s, and time for a late error.
phases: {{baseline: 30s, recovery: 60s, settle: 5s}}

# `at` counts from the end of the baseline; several may overlap.
# docs/reference/faults.md has every kind.
# The target is `replicas: 1` (the first by name), `share: 0.5`, or `names: [backend-0]`.
faults:
  - {fault}

expect:
  # A share of the whole budget of the period. `game-day plan` says what is predicted.
  cost: {{objective: orders-availability, at_most_ratio: 0.001}}
  # Alerts that have to page, and those that may not.
  alerts: {{must: [{must}], must_not: [{must_not}]}}
  # What should cope; docs/guides/write-an-experiment.md has every name.
  safeguards: [no-restart-loop]

# What ends it at once, and makes it deviate.
abort_when: [{{error_ratio_over: 0.2, for: 5s}}, {{budget_spent_ratio_over: 0.01}}]
"""
