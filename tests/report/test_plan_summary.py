"""A plan as a person and as a program reads it."""

from dataclasses import replace

import pytest

from ironclad.cli.commands.stack import status_lines
from ironclad.domain.alerting.forecast import AlertForecast
from ironclad.domain.experiment.experiment import Cost, Expectation
from ironclad.domain.experiment.plan import Plan
from ironclad.game_day.planning.making import make_plan
from ironclad.report.formats.summary import plan_document, plan_lines
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst

PREDICTED = (
    AlertForecast(name="HighErrorRate", after_seconds=42.4, tolerance_seconds=10),
    AlertForecast(name="BackendDown", after_seconds=7, tolerance_seconds=2, is_sure=False),
    AlertForecast(name="HighLatency", after_seconds=None, tolerance_seconds=10),
    AlertForecast(name="BudgetBurnFast", after_seconds=0, tolerance_seconds=31, already=True),
)


@pytest.fixture
async def plan() -> Plan:
    made = await make_plan(error_burst(), World().tools, who="me", why="")
    return replace(
        made, alerts=PREDICTED, warnings=("the clock of Prometheus is 2.0 s behind ours",)
    )


async def test_a_person_reads_cost_alerts_and_warnings(plan: Plan) -> None:
    lines = list(plan_lines(plan))

    assert "predicted: HighErrorRate fires 42 to 52 s after the fault" in lines
    assert "predicted: BackendDown may fire 7 to 9 s after the fault" in lines
    assert "predicted: HighLatency does not fire" in lines
    assert "predicted: BudgetBurnFast fires already, or will before the fault" in lines
    assert lines[-1] == "WARNING: the clock of Prometheus is 2.0 s behind ours"
    assert any(line.startswith("predicted: ") for line in lines)


async def test_a_program_reads_the_same(plan: Plan) -> None:
    document = plan_document(plan)

    assert document["alerts"][2]["after_seconds"] is None
    assert document["predictions"][0]["objective"] == "orders-availability"
    assert document["warnings"] == list(plan.warnings)
    assert [one["already"] for one in document["alerts"]] == [False, False, False, True]


async def test_a_prediction_above_what_is_allowed_is_a_warning_everywhere() -> None:
    """A plan of 0.116 %, and one of 15 %, against an allowance of 0.05 % went by without a word."""
    cost = Cost(objective="orders-availability", at_most_ratio=0.0005)
    burst = error_burst(expect=Expectation(cost=cost))
    plan = await make_plan(burst, World().tools, who="me", why="")
    document = plan_document(plan)

    (line,) = [line for line in plan_lines(plan) if line.startswith("WARNING: ")]
    assert "is predicted, more than the 0.05 % that expect.cost allows" in line
    assert document["predictions"][0]["allowed_ratio"] == 0.0005
    assert document["predictions"][0]["is_beyond_allowed"] is True
    assert any("expect.cost allows" in warning for warning in document["warnings"])


async def test_a_prediction_within_what_is_allowed_is_none() -> None:
    cost = Cost(objective="orders-availability", at_most_ratio=0.5)
    plan = await make_plan(
        error_burst(expect=Expectation(cost=cost)), World().tools, who="", why=""
    )
    assert plan.warnings == ()
    assert plan_document(plan)["predictions"][0]["is_beyond_allowed"] is False


def test_a_status_tells_all_that_bears_on_game_days() -> None:
    document = {
        "stages": {"backend": {"condition": "ready", "message": "3 replicas"}},
        "held_by": None,
        "halted": "halted by ana: the sale",
        "frozen": "not known: IRONCLAD_FREEZE, entry 1: wrong",
        "undo_entries": ["r-errors of me", "x.json cannot be read"],
        "janitor_last_sweep": None,
    }

    assert [line.strip() for line in status_lines(document)] == [
        "backend  ready: 3 replicas",
        "held by  none",
        "halt  halted by ana: the sale",
        "freeze  not known: IRONCLAD_FREEZE, entry 1: wrong",
        "undo ledger  r-errors of me; x.json cannot be read",
        "janitor  last sweep never",
    ]
