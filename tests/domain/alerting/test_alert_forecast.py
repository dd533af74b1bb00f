"""When a game day's alerts should fire: by the closed formulas, and by what cannot be."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from ironclad.domain.alerting.burn_windows import BURN_ROWS
from ironclad.domain.alerting.flow import Stretch, flow
from ironclad.domain.alerting.forecast import AlertForecast, Outlook, forecasts
from ironclad.domain.alerting.live_rules import LiveRule, RatioOver, watched
from ironclad.domain.alerting.rules import Tempo
from ironclad.domain.experiment.experiment import ExpectedAlerts, Experiment, Phases
from ironclad.domain.experiment.pacer import Constant
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.game_day.planning.alert_forecast import traffic
from ironclad.game_day.planning.alerts import contradicting
from tests.domain.alerting.dilution import Traffic, burn_alert_seconds
from tests.fakes.game_day.evidence import REPLICAS, Scenario, evidence_of
from tests.fakes.prometheus.shipped_rules import FAST, OBJECTIVES, REAL, SCRAPE, live_rules

AVAILABILITY, LATENCY = OBJECTIVES["orders-availability"], OBJECTIVES["orders-latency"]


def experiment(**changes: object) -> Experiment:
    """Give the shipped burst with another fault: 100/s, one replica of three."""
    shipped = evidence_of(Scenario()).plan.experiment
    fault = replace(shipped.faults[0], **changes)  # type: ignore[arg-type]
    phases = Phases(
        baseline=timedelta(seconds=10), recovery=timedelta(seconds=30), settle=timedelta(seconds=5)
    )
    return replace(
        shipped, faults=(fault,), phases=phases, load=replace(shipped.load, pacer=Constant(100.0))
    )


def predicted(
    one: Experiment, before: tuple[Stretch, ...] = (), tempo: Tempo = FAST
) -> Mapping[str, AlertForecast]:
    fault = one.faults[0]
    planned = PlannedFault(fault=fault, targets=REPLICAS[: fault.target.replicas or 1])
    flows = {
        objective.name: traffic(one, objective, [planned], REPLICAS, before=before)
        for objective in (AVAILABILITY, LATENCY)
    }
    begins = (one.phases.baseline + fault.at).total_seconds()
    is_paused = fault.kind is FaultKind.REPLICA_PAUSE
    outlook = Outlook(
        objectives=(AVAILABILITY, LATENCY),
        flows=flows,
        remaining_percent={"orders-availability": 100.0, "orders-latency": 100.0},
        down=[(begins, begins + fault.duration.total_seconds())] if is_paused else [],
        begin=0.0,
        first_fault=begins,
        end=(one.load_duration + one.phases.settle).total_seconds(),
        scrape_interval=SCRAPE,
    )
    return {each.name: each for each in forecasts(watched(live_rules(tempo)), outlook)}


CLEAN_HOUR = (Stretch(-60.0, 0.0, 6000.0, 0.0),)


@pytest.mark.parametrize("share", [0.1, 0.2, 0.5, 1.0])
def test_a_burn_alert_fires_when_the_formula_of_dilution_says(share: float) -> None:
    """A compressed hour full of clean traffic; a third of the replicas is hit."""
    burst = experiment(share=share, duration=timedelta(seconds=50))
    found = predicted(burst, CLEAN_HOUR)["BudgetBurnFast"].after_seconds
    during = Traffic(rate_before=100, clean_seconds=59, rate_during=100, bad_ratio=share / 3)
    formula = burn_alert_seconds(BURN_ROWS[0], AVAILABILITY, during, compress=60)
    assert found is not None
    assert formula is not None
    assert found == pytest.approx(formula, abs=0.5)


def test_an_idle_stack_pages_sooner_than_a_busy_one() -> None:
    burst = experiment(share=0.2, duration=timedelta(seconds=50))
    idle = predicted(burst)["BudgetBurnFast"].after_seconds
    busy = predicted(burst, CLEAN_HOUR)["BudgetBurnFast"].after_seconds
    assert idle is not None
    assert busy is not None
    assert idle < busy


def test_what_must_last_five_minutes_is_predicted_after_five_minutes() -> None:
    burst = experiment(share=1.0, duration=timedelta(seconds=50))
    found = predicted(burst, CLEAN_HOUR)["HighErrorRate"]
    assert found.after_seconds is not None
    assert found.after_seconds >= 5.0, "5 minutes ÷ 60"
    assert found.tolerance_seconds == pytest.approx(2.0), "one scrape and one evaluation"


@pytest.mark.parametrize(
    ("changes", "silent"),
    [
        ({"share": 0.1, "duration": timedelta(seconds=50)}, "HighErrorRate"),
        ({"share": 1.0, "duration": timedelta(seconds=1)}, "HighErrorRate"),
        ({"share": 1.0, "duration": timedelta(seconds=50)}, "HighLatency"),
        ({"share": 1.0, "duration": timedelta(seconds=50)}, "BackendDown"),
    ],
    ids=["too few errors", "too short", "errors are quick", "errors are no silence"],
)
def test_an_alert_that_cannot_fire_is_seen_beforehand(
    changes: Mapping[str, object], silent: str
) -> None:
    assert predicted(experiment(**changes), CLEAN_HOUR)[silent].after_seconds is None


def test_slow_answers_fire_what_watches_latency_and_nothing_else() -> None:
    slow = experiment(
        kind=FaultKind.LATENCY,
        status=None,
        share=1.0,
        delay=timedelta(seconds=1),
        duration=timedelta(seconds=50),
    )
    found = predicted(slow, CLEAN_HOUR)
    assert found["HighLatency"].after_seconds is not None
    assert found["HighErrorRate"].after_seconds is None


def test_a_replica_that_stands_still_is_down() -> None:
    paused = experiment(
        kind=FaultKind.REPLICA_PAUSE, status=None, share=1.0, duration=timedelta(seconds=20)
    )
    found = predicted(paused, CLEAN_HOUR)["BackendDown"].after_seconds
    assert found == pytest.approx(1.0, abs=0.2), "for a minute ÷ 60"


def test_in_real_time_a_short_burst_does_not_page_on_a_busy_stack() -> None:
    burst = experiment(share=0.2, duration=timedelta(seconds=45))
    before = (Stretch(-86_400.0, 0.0, 8_640_000.0, 0.0),)
    found = predicted(burst, before, REAL)
    assert {name for name, one in found.items() if one.after_seconds is not None} == set()


def test_live_rules_give_their_own_windows_whatever_their_names_say() -> None:
    (fast,) = [
        one.condition
        for one in watched(live_rules(FAST))
        if one.name == "BudgetBurnFast" and "orders-availability" in str(one.condition)
    ]
    assert isinstance(fast, RatioOver)
    assert fast.windows == ((60.0, 0.0144), (5.0, 0.0144))
    assert fast.fewest == 10


def test_a_long_game_day_is_looked_at_more_coarsely_and_says_so() -> None:
    long = experiment(share=1.0, duration=timedelta(hours=6))
    short = experiment(share=1.0, duration=timedelta(seconds=50))
    coarse, fine = (predicted(one, CLEAN_HOUR)["HighErrorRate"] for one in (long, short))
    assert coarse.after_seconds is not None
    assert fine.after_seconds is not None
    assert coarse.after_seconds <= fine.after_seconds + 0.001
    until = coarse.after_seconds + coarse.tolerance_seconds
    assert until >= fine.after_seconds + fine.tolerance_seconds


def test_rules_of_others_are_not_predicted() -> None:
    foreign = LiveRule(name="DiskFull", expr="disk > 1", interval_seconds=15, is_alert=True)
    assert watched([foreign]) == ()


def test_a_window_takes_what_falls_into_it() -> None:
    one = flow([Stretch(0, 10, 100, 10), Stretch(20, 30, 100, 0)])
    assert one.within(5, 25) == (100.0, 5.0)
    assert one.within(-5, 0) == (0.0, 0.0)
    assert one.within(12, 18) == (0.0, 0.0)
    assert one.within(0, 99) == (200.0, 10.0)


def test_an_alert_that_earlier_traffic_makes_fire_is_no_prediction_before_the_fault() -> None:
    """A plan once said that BudgetBurnFast fires "-30 to 31 s after the fault"."""
    burst = experiment(share=0.2, duration=timedelta(seconds=50))
    bad_hour = (Stretch(-60.0, 0.0, 6000.0, 600.0),)

    found = predicted(burst, bad_hour)["BudgetBurnFast"]
    assert found.already
    assert found.after_seconds == 0
    assert found.sentence == "BudgetBurnFast fires already, or will before the fault"
    expected = ExpectedAlerts(must=("BudgetBurnFast",))
    (warning,) = contradicting(expected, [found])
    assert "its firing shows nothing" in warning

    clean = predicted(burst, CLEAN_HOUR)["BudgetBurnFast"]
    assert not clean.already
    assert (clean.after_seconds or 0) > 0
    assert list(contradicting(expected, [clean])) == []
