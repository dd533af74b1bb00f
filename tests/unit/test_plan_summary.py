"""A plan as a person and as a program reads it."""

from dataclasses import replace

import pytest

from ironclad.cli.stack import status_lines
from ironclad.cli.summary import plan_document, plan_lines
from ironclad.domain.alerting.forecast import AlertForecast
from ironclad.domain.plan import Plan
from ironclad.game_day.planning import make_plan
from tests.fakes.bursts import error_burst
from tests.fakes.world import World

FORETOLD = (
    AlertForecast(name="HighErrorRate", after_seconds=42.4, tolerance_seconds=10),
    AlertForecast(name="BackendDown", after_seconds=7, tolerance_seconds=2, is_sure=False),
    AlertForecast(name="HighLatency", after_seconds=None, tolerance_seconds=10),
)


@pytest.fixture
async def plan() -> Plan:
    made = await make_plan(error_burst(), World().tools, who="me", why="")
    return replace(
        made, alerts=FORETOLD, warnings=("the clock of Prometheus is 2.0 s behind ours",)
    )


async def test_a_person_reads_cost_alerts_and_warnings(plan: Plan) -> None:
    lines = list(plan_lines(plan))

    assert "foretold: HighErrorRate fires 42 to 52 s after the fault" in lines
    assert "foretold: BackendDown may fire 7 to 9 s after the fault" in lines
    assert "foretold: HighLatency does not fire" in lines
    assert lines[-1] == "warning: the clock of Prometheus is 2.0 s behind ours"
    assert any(line.startswith("predicted: ") for line in lines)


async def test_a_program_reads_the_same(plan: Plan) -> None:
    document = plan_document(plan)

    assert document["alerts"][2]["after_seconds"] is None
    assert document["predictions"][0]["objective"] == "orders-availability"
    assert document["warnings"] == list(plan.warnings)


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
        "held by  nobody",
        "halt  halted by ana: the sale",
        "freeze  not known: IRONCLAD_FREEZE, entry 1: wrong",
        "undo ledger  r-errors of me; x.json cannot be read",
        "janitor  last sweep never",
    ]
