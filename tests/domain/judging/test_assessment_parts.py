"""The parts of an assessment, each by its own rule."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from ironclad.domain.alerting.firing_alerts import AlertOutcome
from ironclad.domain.evidence.counters import Sample, Series
from ironclad.domain.evidence.evidence import Evidence, MetricsWindow
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.judging.alert_outcome import AlertPrediction, assess_alerts
from ironclad.domain.judging.budget import assess_budgets
from ironclad.domain.judging.check import Answer
from ironclad.domain.judging.counts.prometheus_counts import prometheus_counts
from ironclad.domain.judging.counts.reconciliation import Reconciliation, reconcile
from ironclad.domain.judging.dose.faults_as_asked import assess_faults
from ironclad.domain.judging.recovery import prove_recovery
from ironclad.domain.slo.slo import Counts
from ironclad.domain.text.wording import counted, duration, percent, percent_range
from tests.fakes.game_day.evidence import LOAD_BEGAN, Scenario, evidence_of, sound_evidence


def seconds(value: float) -> datetime:
    return LOAD_BEGAN + timedelta(seconds=value)


def reconciled(evidence: Evidence, objective: int = 0) -> Reconciliation:
    return reconcile(evidence, evidence.plan.objectives[objective])


@pytest.mark.parametrize(
    ("fires_at", "predicted_at", "outcome"),
    [
        (50.0, 49.0, AlertOutcome.ON_TIME),
        (50.0, 50.0, AlertOutcome.ON_TIME),
        (50.0, 44.0, AlertOutcome.LATE),
        (50.0, 51.0, AlertOutcome.EARLY),
        (50.0, None, AlertOutcome.ON_TIME),
        (144.0, None, AlertOutcome.LATE),
        (None, 50.0, AlertOutcome.MISSED),
    ],
)
def test_an_alert_that_must_fire_is_judged_by_its_prediction(
    fires_at: float | None, predicted_at: float | None, outcome: AlertOutcome
) -> None:
    evidence = evidence_of(Scenario(must=("X",), fires_at=fires_at))
    predictions = (
        {"X": AlertPrediction(at=seconds(predicted_at), tolerance=timedelta(seconds=5))}
        if predicted_at
        else {}
    )
    assert assess_alerts(evidence, predictions)[0].outcome is outcome


def test_the_three_sources_of_a_quiet_run_agree_to_the_request() -> None:
    found = reconciled(sound_evidence())
    assert found.client == found.replicas == found.prometheus == Counts(13800, 301)
    assert (found.reconciled, found.unexplained) == (True, 0)
    assert found.explanation == "all three sources agree on 13,800 requests"


def test_a_restart_explains_no_more_than_a_scrape_can_hide() -> None:
    """One replica of three dies once a second of scrapes: at most 34 requests at 100/s."""
    found = reconciled(evidence_of(Scenario(restart_at=100.0)))
    assert found.reconciled
    assert found.explanation == "orders-2 restarted, and at most 34 requests died unscraped"


def test_more_than_that_stays_unexplained_and_widens_the_cost() -> None:
    restarted = evidence_of(Scenario(restart_at=100.0))
    fewer = replace(
        restarted, windows=tuple(lowered(window, 200.0) for window in restarted.windows)
    )
    found = reconciled(fewer)
    assert found.reconciled is False
    assert found.unexplained > 100
    assert "are not explained" in found.explanation
    before, after = assess_budgets(restarted)[0].interval, assess_budgets(fewer)[0].interval
    assert before is not None
    assert after is not None
    assert after.width > 1.5 * before.width


KILLED = Scenario(ended=True, kind=FaultKind.REPLICA_KILL, timeouts_at=(30.04,))
REPLACED = Scenario(ended=True, kind=FaultKind.POD_DELETE, heir="orders-4", away_seconds=9.0)


@pytest.mark.parametrize(
    ("scenario", "said"),
    [
        (KILLED, "orders-1 restarted, and at most 34 requests died unscraped; 1 failure"),
        (REPLACED, "orders-1 gave way to orders-4, and at most 34 requests died unscraped"),
        (replace(REPLACED, others_every_seconds=0.07), "1,239 requests of other users beside"),
    ],
    ids=["killed", "replaced under another name", "replaced beside other users"],
)
def test_what_an_ended_replica_took_along_is_bounded_and_named(
    scenario: Scenario, said: str
) -> None:
    found = reconciled(evidence_of(scenario))
    assert (found.reconciled, found.unexplained) == (True, 0)
    assert said in found.explanation


@pytest.mark.parametrize("scenario", [KILLED, REPLACED], ids=["killed", "replaced"])
def test_more_than_an_ended_replica_can_have_taken_along_is_not_explained(
    scenario: Scenario,
) -> None:
    """Only the others' counters stop short: what the ended one did is not the excuse."""
    ended = evidence_of(scenario)
    fewer = replace(ended, windows=tuple(lowered(window, 60.0) for window in ended.windows))
    found = reconciled(fewer)
    assert found.reconciled is False
    assert "are not explained; orders-1" in found.explanation


@pytest.mark.parametrize(
    ("changes", "answer", "said"),
    [
        ({}, Answer.SHOWN, "orders-1 really ended, and all replicas were back and ready 1.2 s"),
        ({"armed_at": None}, Answer.UNKNOWN, "errors was never applied"),
        ({"seen_at": None}, Answer.UNKNOWN, "errors was not seen to end orders-1"),
        ({"lapsed": True}, Answer.UNKNOWN, "the lease of errors lapsed while it was wanted"),
        ({"undone_at": None}, Answer.UNKNOWN, "whether all replicas were back within 30 s is not"),
        (
            {"undone_at": seconds(80.0)},
            Answer.UNKNOWN,
            "whether all replicas were back within 30 s is not known",
        ),
        (
            {"undone_at": seconds(80.05), "overdue": True},
            Answer.REFUTED,
            "orders-1 ended, and not within 30 s, but after 50 s were all replicas back",
        ),
        (
            {"undone_at": None, "overdue": True, "problem": "not ready: orders-1"},
            Answer.REFUTED,
            "orders-1 ended, and not within 30 s were all replicas back: not ready: orders-1",
        ),
        ({"seen_at": None, "overdue": True}, Answer.UNKNOWN, "was not seen to end orders-1"),
    ],
)
def test_an_end_is_judged_by_what_was_seen_of_it(
    changes: dict[str, Any], answer: Answer, said: str
) -> None:
    ended = evidence_of(KILLED)
    (fault,) = assess_faults(replace(ended, faults=(replace(ended.faults[0], **changes),)))
    assert fault.check.answer is answer
    assert said in fault.check.sentence


def lowered(window: MetricsWindow, by: float) -> MetricsWindow:
    """Let every counter stop `by` short of where it ended."""
    return replace(
        window,
        valid=tuple(
            replace(
                one,
                samples=tuple(
                    replace(s, value=min(s.value, one.samples[-1].value - by)) for s in one.samples
                ),
            )
            for one in window.valid
        ),
    )


def test_other_users_are_counted_apart_from_the_load() -> None:
    found = reconciled(evidence_of(Scenario(others_every_seconds=0.1)))
    assert found.reconciled
    assert found.explanation.endswith("requests of other users beside the load")
    assert found.client == Counts(13800, 301)


def test_what_only_clients_saw_is_the_blind_spot() -> None:
    found = reconciled(evidence_of(Scenario(balancer_errors_at=(40.0, 50.0), timeouts_at=(60.0,))))
    assert (found.blind_spot.balancer_errors, found.blind_spot.transport_errors) == (2, 1)
    assert "the blind spot of this objective (2 from the balancer, 1 without" in found.explanation


def test_a_slow_answer_spends_the_latency_objective_in_all_three_sources() -> None:
    found = reconciled(evidence_of(Scenario(delay_seconds=0.6)), objective=1)
    assert found.client == found.replicas == found.prometheus == Counts(13800, 301)


def series(*values: tuple[float, float]) -> Series:
    return Series((), tuple(Sample(at, value) for at, value in values))


@pytest.mark.parametrize(
    ("valid", "expected"),
    [
        ([series((0, 5), (20, 9))], 4),
        ([series((0, 5), (10, 9), (20, 3))], 7),
        ([series((0, 5), (20, 9)), series((12, 2), (20, 6))], 10),
        ([series((0, 5), (20, 5)), series((12, 3))], 3),
        ([series((0, 0), (20, 0)), Series((), ())], 0),
    ],
    ids=["a difference", "a restart", "a process that came later", "seen once", "an empty series"],
)
def test_raw_samples_become_whole_numbers(valid: list[Series], expected: int) -> None:
    window = MetricsWindow(
        objective="o", start=0, end=20, valid=tuple(valid), bad=(series((0, 0), (20, 0)),)
    )
    assert prometheus_counts(window, 5.0, 15.0).counts == Counts(expected, 0)


def test_a_fault_was_held_as_asked() -> None:
    (fault,) = assess_faults(sound_evidence())
    assert fault.is_held
    assert (fault.measured.hit, fault.measured.seen) == (301, 1501)
    assert fault.check.sentence == "the fault errors hit 20.1 % of 1,501 requests"


def test_a_delay_is_measured_against_the_baseline() -> None:
    (fault,) = assess_faults(evidence_of(Scenario(delay_seconds=0.6)))
    assert fault.is_held
    assert fault.measured.delay_seconds == pytest.approx(0.6, abs=0.01)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"hit": 400}, "the fault errors hit 26.6 % of 1,501 requests instead of 20 %"),
        ({"seen": 0, "hit": 0}, "saw no request, so it tested nothing"),
        ({"lapsed": True, "problem": "orders-1 is gone"}, "lapsed while it was wanted: orders-1"),
        ({"armed_at": None}, "was never armed"),
        ({"targets": ("orders-9",)}, "no client reached the replicas of errors"),
        ({"targets": ("orders-2",)}, "clients saw errors on 0 % of 1,500 answers instead of 20 %"),
    ],
)
def test_a_dose_that_is_not_what_was_asked_is_reported(changes: dict[str, Any], said: str) -> None:
    sound = sound_evidence()
    (fault,) = assess_faults(replace(sound, faults=(replace(sound.faults[0], **changes),)))
    assert not fault.is_held
    assert said in fault.check.sentence


def test_a_delay_that_clients_did_not_feel_is_reported() -> None:
    slow = evidence_of(Scenario(delay_seconds=0.6))
    assert slow.load is not None
    quick = [replace(row, latency_seconds=0.01) for row in slow.load.attempts]
    (fault,) = assess_faults(replace(slow, load=replace(slow.load, attempts=quick)))
    assert fault.check.sentence == (
        "the service hid errors: 281 of 281 answers that it touched did not show the delay of"
        " 600 ms"
    )


def test_a_fault_on_readiness_is_held_once_it_was_seen() -> None:
    unready = evidence_of(Scenario(kind=FaultKind.NOT_READY, share=0.0))
    (fault,) = assess_faults(unready)
    assert fault.is_held


@pytest.mark.parametrize(("late", "held"), [(2.0, True), (6.0, False)])
def test_a_fault_that_lasted_too_long_is_another_dose(late: float, held: bool) -> None:  # noqa: FBT001
    sound = sound_evidence()
    (record,) = sound.faults
    assert record.undone_at is not None
    longer = replace(record, undone_at=record.undone_at + timedelta(seconds=late))
    seen = int(1501 + late * 33)
    longer = replace(longer, seen=seen, hit=round(seen * 0.2))
    (fault,) = assess_faults(replace(sound, faults=(longer,)))
    assert fault.measured.seconds == pytest.approx(45.02 + late)
    assert ("lasted" not in fault.check.sentence) is held


def test_recovery_is_proven_by_the_first_long_enough_stretch() -> None:
    proof = prove_recovery(sound_evidence())
    assert (proof.proven, proof.requests_needed) == (True, 2995)
    assert proof.proven_at is not None
    assert (proof.proven_at - seconds(75.37)).total_seconds() == pytest.approx(29.95, abs=0.1)


def test_an_error_begins_the_stretch_anew() -> None:
    proof = prove_recovery(evidence_of(Scenario(timeouts_at=(90.0,))))
    assert proof.proven_at is not None
    assert (proof.proven_at - seconds(90.0)).total_seconds() == pytest.approx(29.96, abs=0.1)


def test_slow_answers_put_the_proof_off() -> None:
    """The bar is three times the baseline's p95 plus 100 ms."""
    proof = prove_recovery(evidence_of(Scenario(slow_after=60.0)))
    assert proof.proven is False
    assert proof.latency_limit_seconds == pytest.approx(0.1405, abs=0.002)


@pytest.mark.parametrize(
    ("ratio", "text"),
    [(0.2, "20 %"), (0.001157, "0.116 %"), (1.0, "100 %"), (0.0, "0 %"), (-0.5, "-50 %"),
     (12.5, "1,250 %"), (2.3e-9, "0.00000023 %")],
)  # fmt: skip
def test_a_ratio_reads_as_percent(ratio: float, text: str) -> None:
    assert percent(ratio) == text


def test_numbers_read_as_people_write_them() -> None:
    assert percent_range(0.00104, 0.0013) == "0.104–0.130 %"
    assert percent_range(0.0, 0.0064) == "0–0.640 %"
    assert [duration(s) for s in (0.05, 1.5, 45.0, 119.0, 150.0, 180.0)] == [
        *("50 ms", "1.5 s", "45 s", "119 s", "2 min 30 s", "3 min")
    ]
    assert (counted(1, "write"), counted(2000, "write")) == ("1 write", "2,000 writes")
