from dataclasses import replace
from datetime import timedelta

import pytest

from ironclad.adapters.experiments.reader import load_experiment
from ironclad.domain.experiment.experiment import Fault, Target
from ironclad.domain.experiment.plan import PlannedFault
from ironclad.domain.experiment.prediction import predict
from ironclad.domain.experiment.targets import resolve, targets_of
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.slo.slo import Indicator, Objective
from ironclad.domain.stack.stack import Replica
from tests.places import ROOT

EXPERIMENT = load_experiment(ROOT / "game_days" / "error-burst.yaml")
REPLICAS = tuple(Replica(f"orders-{number}", "") for number in (1, 2, 3))
AVAILABILITY = Objective(
    name="orders-availability",
    target=0.999,
    period=timedelta(days=30),
    declared_requests=259_200_000,
    indicator=Indicator(valid="v", bad="b"),
)
LATENCY = replace(
    AVAILABILITY, name="latency", target=0.95, latency_threshold=timedelta(milliseconds=500)
)
ERRORS = EXPERIMENT.faults[0]
SLOW = replace(ERRORS, kind=FaultKind.LATENCY, status=None, delay=timedelta(milliseconds=500))


def bad_events(*faults: Fault, objective: Objective = AVAILABILITY) -> float:
    experiment = replace(EXPERIMENT, faults=faults)
    planned = [PlannedFault(fault=f, targets=resolve(f.target, REPLICAS)) for f in faults]
    (prediction,) = predict(experiment, [objective], planned, REPLICAS)
    return prediction.bad_events


def test_the_first_experiment_costs_what_the_design_says() -> None:
    """100/s ÷ 3 × 45 s × 0.2 = 300 bad of 259,200 allowed: 0.116 %."""
    planned = [PlannedFault(fault=ERRORS, targets=REPLICAS[:1])]
    availability, latency = predict(EXPERIMENT, [AVAILABILITY, LATENCY], planned, REPLICAS)
    assert availability.bad_events == pytest.approx(300)
    assert availability.spent_ratio == pytest.approx(0.001157, rel=1e-3)
    assert (latency.objective, latency.bad_events) == ("latency", 0)


@pytest.mark.parametrize(
    ("fault", "objective", "expected"),
    [
        pytest.param(replace(ERRORS, status=429), AVAILABILITY, 0, id="a 429 is a good answer"),
        pytest.param(replace(ERRORS, status=None), AVAILABILITY, 300, id="503 where none is named"),
        pytest.param(
            replace(ERRORS, kind=FaultKind.BREAKER_OPEN, share=1.0),
            AVAILABILITY,
            1500,
            id="an open breaker answers everything with 503",
        ),
        pytest.param(
            replace(ERRORS, kind=FaultKind.NOT_READY),
            AVAILABILITY,
            0,
            id="the balancer goes around",
        ),
        pytest.param(SLOW, AVAILABILITY, 0, id="a slow answer is no error"),
        pytest.param(SLOW, LATENCY, 300, id="a delay at the threshold is too slow"),
        pytest.param(
            replace(SLOW, delay=timedelta(milliseconds=499)), LATENCY, 0, id="one below is not"
        ),
        pytest.param(
            replace(SLOW, jitter=timedelta(milliseconds=100)), LATENCY, 150, id="jitter halves it"
        ),
    ],
)
def test_a_fault_costs_what_its_kind_makes_bad(
    fault: Fault, objective: Objective, expected: float
) -> None:
    assert bad_events(fault, objective=objective) == pytest.approx(expected)


KILL = Fault(
    id="kill",
    kind=FaultKind.REPLICA_KILL,
    at=timedelta(),
    duration=timedelta(seconds=30),
    target=Target(replicas=1),
)


@pytest.mark.parametrize(
    ("fault", "objective", "expected", "is_bound"),
    [
        pytest.param(KILL, AVAILABILITY, 100 / 3, True, id="a second of one replica in three"),
        pytest.param(KILL, LATENCY, 0, False, id="what is not answered is not slow"),
        pytest.param(
            replace(KILL, kind=FaultKind.POD_DELETE), AVAILABILITY, 0, False, id="in good order"
        ),
    ],
)
def test_a_death_costs_at_most_what_is_sent_until_it_is_noticed(
    fault: Fault,
    objective: Objective,
    expected: float,
    is_bound: bool,  # noqa: FBT001
) -> None:
    planned = [PlannedFault(fault=fault, targets=REPLICAS[:1])]
    (prediction,) = predict(replace(EXPERIMENT, faults=(fault,)), [objective], planned, REPLICAS)
    assert prediction.bad_events == pytest.approx(expected)
    assert prediction.is_bound is is_bound


def test_the_costs_of_faults_add_up() -> None:
    later = replace(ERRORS, id="later", at=timedelta(seconds=45))
    assert bad_events(ERRORS, later) == pytest.approx(600)


def test_a_stack_without_replicas_costs_nothing() -> None:
    (prediction,) = predict(
        EXPERIMENT, [AVAILABILITY], [PlannedFault(fault=ERRORS, targets=())], ()
    )
    assert prediction.bad_events == 0


def of_kind(kind: FaultKind, **changes: object) -> Fault:
    return replace(ERRORS, kind=kind, status=None, **changes)  # type: ignore[arg-type]


HALF_SECOND = timedelta(milliseconds=500)


@pytest.mark.parametrize(
    ("fault", "objective", "bad", "unseen"),
    [
        pytest.param(of_kind(FaultKind.CONNECTION_RESET), AVAILABILITY, 0, 300, id="blind"),
        pytest.param(of_kind(FaultKind.CONNECTION_RESET), LATENCY, 0, 0, id="a reset is quick"),
        pytest.param(
            of_kind(FaultKind.HANG), AVAILABILITY, 0, 300 * 43 / 45, id="the last are answered"
        ),
        pytest.param(of_kind(FaultKind.HANG), LATENCY, 300, 0, id="given up after 2 s"),
        pytest.param(
            of_kind(FaultKind.HANG, duration=timedelta(seconds=1)), AVAILABILITY, 0, 0, id="short"
        ),
        pytest.param(of_kind(FaultKind.DATABASE_ERROR), AVAILABILITY, 300, 0, id="each a 503"),
        pytest.param(
            of_kind(FaultKind.DATABASE_SLOW, delay=HALF_SECOND), LATENCY, 300, 0, id="too slow"
        ),
        pytest.param(
            of_kind(FaultKind.DATABASE_SLOW, delay=HALF_SECOND), AVAILABILITY, 0, 0, id="no error"
        ),
    ],
)
def test_what_only_clients_see_is_counted_apart(
    fault: Fault, objective: Objective, bad: float, unseen: float
) -> None:
    planned = [PlannedFault(fault=fault, targets=REPLICAS[:1])]
    (prediction,) = predict(EXPERIMENT, [objective], planned, REPLICAS)
    assert prediction.bad_events == pytest.approx(bad)
    assert prediction.unseen == pytest.approx(unseen)
    assert prediction.not_predicted == ()


@pytest.mark.parametrize(
    "fault",
    [
        pytest.param(of_kind(FaultKind.CPU_BURN, cores=1.0), id="cpu"),
        pytest.param(of_kind(FaultKind.MEMORY_PRESSURE, size_bytes=1 << 20), id="memory"),
        pytest.param(of_kind(FaultKind.DATABASE_ERROR, share=0.8), id="the breaker may open"),
        pytest.param(
            of_kind(FaultKind.DATABASE_SLOW, delay=timedelta(seconds=1)), id="too slow a query"
        ),
        pytest.param(
            of_kind(FaultKind.DATABASE_SLOW, delay=HALF_SECOND, share=1.0), id="queries pile up"
        ),
    ],
)
@pytest.mark.parametrize("objective", [AVAILABILITY, LATENCY], ids=["availability", "latency"])
def test_what_cannot_be_predicted_is_named_and_not_guessed(
    fault: Fault, objective: Objective
) -> None:
    faults = (ERRORS, replace(fault, id="murky"))
    planned = [PlannedFault(fault=each, targets=REPLICAS[:1]) for each in faults]
    (prediction,) = predict(EXPERIMENT, [objective], planned, REPLICAS)
    is_about_requests = fault.kind is not FaultKind.DATABASE_ERROR or objective is AVAILABILITY
    assert prediction.not_predicted == (("murky",) if is_about_requests else ())
    assert prediction.bad_events == pytest.approx(300 if objective is AVAILABILITY else 0)


def test_a_crash_costs_at_most_what_a_kill_does() -> None:
    crash = replace(KILL, kind=FaultKind.CRASH)
    assert bad_events(crash) == bad_events(KILL)


@pytest.mark.parametrize("kind", [FaultKind.POSTGRES_DOWN, FaultKind.DATABASE_PARTITION])
@pytest.mark.parametrize("objective", [AVAILABILITY, LATENCY], ids=["availability", "latency"])
def test_a_database_that_is_away_leaves_no_client_with_an_answer(
    kind: FaultKind, objective: Objective
) -> None:
    """100/s for 45 s on every replica; how many of them a replica counts is not known."""
    away = Fault(
        id="away", kind=kind, at=timedelta(), duration=timedelta(seconds=45), target=Target()
    )
    planned = [PlannedFault(fault=away, targets=targets_of(away, REPLICAS))]
    (prediction,) = predict(EXPERIMENT, [objective], planned, REPLICAS)
    assert prediction.unseen == pytest.approx(4_500)
    assert prediction.not_predicted == ("away",)


@pytest.mark.parametrize(
    ("lasts_seconds", "unseen"), [(45, 2 * 100 / 3), (1, 100 / 3)], ids=["noticed", "shorter"]
)
def test_a_replica_that_stands_still_keeps_clients_waiting_until_that_is_noticed(
    lasts_seconds: float, unseen: float
) -> None:
    still = of_kind(FaultKind.REPLICA_PAUSE, duration=timedelta(seconds=lasts_seconds))
    planned = [PlannedFault(fault=still, targets=REPLICAS[:1])]
    available, quick = predict(EXPERIMENT, [AVAILABILITY, LATENCY], planned, REPLICAS)
    assert (available.bad_events, available.not_predicted) == (0, ())
    assert available.unseen == pytest.approx(unseen, rel=0.02)
    assert quick.not_predicted == (still.id,)
