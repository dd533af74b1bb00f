"""What the kill trials draw and how they count: a proof is worth what its figures are."""

from collections import Counter
from dataclasses import replace

import pytest

from ironclad.adapters.experiments.reader import parse_experiment
from tests.places import ROOT
from trials.harness.watch import Concern, Sample
from trials.kill.boundaries import ORDER, Boundary
from trials.kill.draws import Dealer, Trial
from trials.kill.experiments import text_of
from trials.kill.faults import ERROR, FAULTS, TrialFault
from trials.kill.moments import goes_on
from trials.kill.rows import Row, goal_of, gone_after, row_of
from trials.kill.table import percentile, table
from trials.kill.ways import MANNERS, Host, Way

ALL = tuple(Way)
PLATFORM_CHANGE = TrialFault("replica-pause")


def trial(way: Way = Way.KILL_FLOW, fault: TrialFault = ERROR) -> Trial:
    return Trial(number=1, way=way, boundary=Boundary.SEEN, host=Host.COMMAND, fault=fault)


def sample(at: float, *concerns: Concern) -> Sample:
    return Sample(at, dict.fromkeys(concerns, "there"))


@pytest.mark.parametrize("seed", range(20))
def test_a_hundred_trials_have_every_way_every_boundary_and_every_fault(seed: int) -> None:
    dealt = Dealer(seed, FAULTS, ALL).deal(100)

    assert {each.way for each in dealt} == set(Way)
    assert {each.boundary for each in dealt if each.boundary} == set(Boundary)
    assert {each.fault for each in dealt} == set(FAULTS)
    assert {each.host for each in dealt} == set(Host)


def test_boundaries_come_about_equally_often() -> None:
    dealt = Dealer(1, FAULTS, ALL).deal(100)

    taken = Counter(each.boundary for each in dealt if each.boundary)
    assert min(taken.values()) >= 5


def test_the_same_seed_deals_the_same_trials() -> None:
    assert Dealer(7, FAULTS, ALL).deal(30) == Dealer(7, FAULTS, ALL).deal(30)
    assert Dealer(7, FAULTS, ALL).deal(30) != Dealer(8, FAULTS, ALL).deal(30)


@pytest.mark.parametrize("seed", range(5))
def test_what_cannot_be_is_never_dealt(seed: int) -> None:
    for each in Dealer(seed, FAULTS, ALL).deal(300):
        assert each.host in MANNERS[each.way].hosts
        assert (each.boundary is None) == MANNERS[each.way].own_moment
        assert each.boundary is None or each.boundary in each.fault.boundaries
        assert (each.suspended_seconds > 0) == (each.way is Way.SUSPEND)


def test_every_way_has_its_manner() -> None:
    assert set(MANNERS) == set(Way)
    assert set(ORDER) == set(Boundary)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: str(fault.kind))
def test_the_experiment_of_every_fault_can_be_read(fault: TrialFault) -> None:
    for deviates in (False, True):
        text = text_of("trial-001", fault, deviates=deviates)
        assert parse_experiment(ROOT / "trial.yaml", text).faults[0].kind == fault.kind


@pytest.mark.parametrize(
    ("samples", "expected"),
    [
        pytest.param([sample(10), sample(11)], 0.0, id="never there"),
        pytest.param([sample(10, Concern.FAULT), sample(10.5)], 0.5, id="until the next look"),
        pytest.param(
            [sample(10, Concern.FAULT), sample(11), sample(12, Concern.FAULT), sample(13)],
            3.0,
            id="back again counts until it is gone for good",
        ),
        pytest.param([sample(10), sample(11, Concern.FAULT)], None, id="still there at the end"),
        pytest.param([sample(8, Concern.FAULT), sample(9), sample(10)], 0.0, id="gone before"),
        pytest.param([sample(10, Concern.LOCK), sample(11)], 0.0, id="another concern"),
    ],
)
def test_a_fault_is_gone_when_it_is_gone_for_good(
    samples: list[Sample], expected: float | None
) -> None:
    assert gone_after(samples, Concern.FAULT, 10.0) == expected


@pytest.mark.parametrize(
    ("way", "fault", "goal"),
    [
        (Way.CTRL_C, ERROR, 5),
        (Way.CTRL_C, PLATFORM_CHANGE, 5),
        (Way.HALT, PLATFORM_CHANGE, 10),
        (Way.KILL_FLOW, ERROR, 10),
        (Way.KILL_FLOW, PLATFORM_CHANGE, 60),
    ],
)
def test_the_goal_depends_on_the_way_and_on_what_was_changed(
    way: Way, fault: TrialFault, goal: float
) -> None:
    assert goal_of(trial(way, fault)) == goal


def kept(*samples: Sample, leftovers: tuple[str, ...] = ()) -> bool:
    return row_of(trial(), samples, 0.0, leftovers=leftovers).is_kept


def test_a_promise_is_kept_in_time_and_without_anything_left_over() -> None:
    assert kept(sample(0, Concern.FAULT), sample(9.9))
    assert not kept(sample(0, Concern.FAULT), sample(10.1))
    assert not kept(sample(0, Concern.FAULT))
    assert not kept(sample(0), sample(1, Concern.LEDGER))
    assert not kept(sample(0), leftovers=("no report",))


def test_a_lock_that_lapses_later_breaks_no_promise_but_stands_in_the_table() -> None:
    row = row_of(trial(), [sample(0, Concern.LOCK), sample(20)], 0.0)

    assert row.is_kept
    assert (row.seconds, row.released_seconds) == (0.0, 20.0)
    assert "| 20.0 | 20.0 | 0 |" in table([row])


def test_a_percentile_is_interpolated() -> None:
    values = [float(value) for value in range(1, 102)]

    assert [percentile(values, p) for p in (50, 95, 99)] == [51.0, 96.0, 100.0]
    assert percentile([3.0], 99) == 3.0


def test_the_table_has_a_line_for_each_way_and_one_for_each_promise() -> None:
    rows: list[Row] = [
        row_of(trial(way, fault), [sample(0)], 0.0)
        for way, fault in (
            (Way.CTRL_C, ERROR),
            (Way.KILL_FLOW, ERROR),
            (Way.KILL_FLOW, PLATFORM_CHANGE),
        )
    ]

    names = [line.split("|")[1].strip() for line in table(rows).splitlines()[2:]]
    assert names == [
        "ctrl-c",
        "kill-flow",
        "kill-flow",
        "**all with 5 s**",
        "**all with 10 s**",
        "**all with 60 s**",
    ]


@pytest.mark.parametrize("boundary", ORDER)
def test_only_a_runner_that_was_stopped_while_it_planned_may_arm_when_it_wakes(
    boundary: Boundary,
) -> None:
    stopped = replace(trial(Way.SUSPEND), boundary=boundary)
    assert goes_on(stopped) is (boundary is Boundary.PLAN)
    assert not goes_on(replace(trial(Way.KILL_FLOW), boundary=boundary))
    assert goes_on(replace(trial(Way.KILL_SERVER), boundary=boundary))
