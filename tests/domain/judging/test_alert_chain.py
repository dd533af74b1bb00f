"""From what an alert was predicted to do, to what it did, to what that makes the verdict."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ironclad.domain.alerting.firing_alerts import AlertOutcome
from ironclad.domain.alerting.forecast import AlertForecast
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.outcome import Verdict
from ironclad.domain.experiment.experiment import Expectation, ExpectedAlerts
from ironclad.domain.judging.assessment import assess
from ironclad.domain.judging.verdict import judge
from ironclad.errors import RefusedError
from ironclad.game_day.planning.making import make_plan
from tests.fakes.game_day.evidence import Scenario, evidence_of
from tests.fakes.game_day.world import World
from tests.fakes.load.bursts import error_burst
from tests.fakes.prometheus.shipped_rules import REAL, live_rules

ALERT = "HighErrorRate"
BEGINS, FIRES = 30.0, 50.0
"""Seconds after the load's start: the fault, and the alert."""


def fired(after: float | None, *, is_sure: bool = True) -> Evidence:
    """Give a run whose alert fired 20 s into its fault, predicted to do so after `after`."""
    seen = evidence_of(
        Scenario(rate=20.0, target=0.99, at_most_ratio=0.02, must=(ALERT,), fires_at=FIRES)
    )
    forecast = AlertForecast(
        name=ALERT, after_seconds=after, tolerance_seconds=3.0, is_sure=is_sure
    )
    return replace(seen, forecasts=(forecast,))


@pytest.mark.parametrize(
    ("after", "outcome", "verdict"),
    [
        (19.5, AlertOutcome.ON_TIME, Verdict.UPHELD),
        (17.5, AlertOutcome.ON_TIME, Verdict.UPHELD),
        (12.0, AlertOutcome.LATE, Verdict.DEVIATED),
        (28.0, AlertOutcome.EARLY, Verdict.DEVIATED),
        (None, AlertOutcome.ON_TIME, Verdict.UPHELD),
    ],
    ids=["to the second", "a little later", "late", "early", "not predicted"],
)
def test_an_alert_is_held_against_its_forecast(
    after: float | None, outcome: AlertOutcome, verdict: Verdict
) -> None:
    assessment = assess(fired(after))
    (must, _) = assessment.alerts
    assert must.outcome is outcome
    assert (must.predicted_at is None) == (after is None)
    assert judge(assessment).verdict is verdict


def test_what_may_fire_but_need_not_has_no_time() -> None:
    (must, _) = assess(fired(1.0, is_sure=False)).alerts
    assert (must.predicted_at, must.outcome) == (None, AlertOutcome.ON_TIME)


def test_an_alert_without_a_delivery_is_not_shown() -> None:
    seen = fired(19.5)
    lost = tuple(replace(one, delivered_at=None) for one in seen.alerts)
    judgement = judge(assess(replace(seen, alerts=lost)))
    assert judgement.verdict is Verdict.INCONCLUSIVE
    assert "no delivery was recorded" in judgement.reason


@pytest.fixture
def world() -> World:
    world = World()
    world.alerts = (ALERT, "BackendDown")
    return world


def expecting(*, must: tuple[str, ...] = (), must_not: tuple[str, ...] = ()) -> Expectation:
    return Expectation(alerts=ExpectedAlerts(must=must, must_not=must_not))


async def test_an_alert_that_cannot_fire_in_the_planned_time_is_refused(world: World) -> None:
    world.rules = live_rules(REAL)
    wanted = error_burst(expect=expecting(must=(ALERT,)))
    with pytest.raises(RefusedError, match=f"the alert {ALERT} must fire and cannot"):
        await make_plan(wanted, world.tools, who="ana", why="")


async def test_one_that_can_is_in_the_plan_with_its_time(world: World) -> None:
    world.rules = live_rules()
    (fault,) = error_burst().faults
    faults = (replace(fault, share=1.0, duration=timedelta(seconds=20)),)
    wanted = error_burst(faults=faults, expect=expecting(must=(ALERT,)))
    plan = await make_plan(wanted, world.tools, who="ana", why="")
    (forecast,) = [one for one in plan.alerts if one.name == ALERT]
    assert forecast.after_seconds is not None
    assert 5.0 <= forecast.after_seconds <= 8.0


async def test_one_that_may_not_fire_but_will_is_a_warning(world: World) -> None:
    world.rules = live_rules()
    (fault,) = error_burst().faults
    wanted = error_burst(faults=(replace(fault, share=1.0),), expect=expecting(must_not=(ALERT,)))
    plan = await make_plan(wanted, world.tools, who="ana", why="")
    assert any(f"the alert {ALERT} may not fire, and is predicted to" in w for w in plan.warnings)
