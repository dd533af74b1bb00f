"""What Prefect adds to a deploy: deploy-stack beside the same steps without it."""

import time
from dataclasses import dataclass
from statistics import median
from typing import Any

from tests.fakes.stack.product import Product
from trials.bench.benchmark import Result
from trials.bench.rows import Row, paired
from trials.harness.pairs import in_turn
from trials.harness.stacks import ironclad, module, product

ROUNDS = 3
STACK = "bench"
PEER = "the same steps without Prefect"


@dataclass(frozen=True, slots=True)
class Took:
    """Seconds: of the whole command, and of the steps alone, the start of Python apart."""

    command: float
    steps: float
    tasks: int = 0


def measure() -> Result:
    with product() as made:
        ironclad(made, "up", "--stack", STACK)  # the Prefect server is there from now on
        _clear(made)
        took = in_turn({"ours": lambda: _ours(made), PEER: lambda: _plain(made)}, ROUNDS)
    ours, plain = took["ours"], took[PEER]
    each = [(one.steps - other.steps) / one.tasks for one, other in zip(ours, plain, strict=True)]
    return Result(
        [
            _pair("deploy-stack, from no stack to ready", "steps", ours, plain),
            _pair("the whole command, start of Python included", "command", ours, plain),
            Row(name="Prefect's part of each task", ours=median(each), unit="s", peer=PEER),
        ],
        (f"A deploy is {ours[0].tasks} tasks; each side begins without the stack and its data.",),
    )


def _pair(name: str, field: str, ours: list[Took], plain: list[Took]) -> Row:
    figures = [[float(getattr(each, field)) for each in side] for side in (ours, plain)]
    return paired(name, "s", ours=figures[0], peer=PEER, theirs=figures[1])


def _ours(made: Product) -> Took:
    began = time.perf_counter()
    ironclad(made, "up", "--stack", STACK)
    seconds = time.perf_counter() - began
    run = _last_flow_run(made)
    tasks = made.ask_prefect("/task_runs/count", {"flow_runs": {"id": {"any_": [run["id"]]}}})
    _clear(made)
    return Took(seconds, float(run["total_run_time"]), int(tasks))


def _plain(made: Product) -> Took:
    began = time.perf_counter()
    said = module(made, "trials.bench.apps.deploy_plain", STACK)
    seconds = time.perf_counter() - began
    _clear(made)
    return Took(seconds, float(said.split()[-1]))


def _last_flow_run(made: Product) -> dict[str, Any]:
    """Wait until the server has recorded the end."""
    order = {"sort": "START_TIME_DESC", "limit": 1, "flows": {"name": {"any_": ["deploy-stack"]}}}
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        found: list[dict[str, Any]] = made.ask_prefect("/flow_runs/filter", order)
        if found and found[0]["state_type"] == "COMPLETED":
            return found[0]
        time.sleep(0.1)
    raise RuntimeError("the Prefect server did not record the deploy")


def _clear(made: Product) -> None:
    ironclad(made, "down", "--stack", STACK, "--delete-data")
