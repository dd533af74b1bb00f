"""What was seen of an alert, from all of its series."""

from ironclad.adapters.prometheus.client import AlertTrace, sighting
from ironclad.domain.alerting.firing_alerts import AlertSighting
from ironclad.domain.evidence.counters import Sample, Series

END = 100.0


def state(name: str, *stamps: float, instance: str = "") -> Series:
    labels = (("alertname", "A"), ("alertstate", name), ("instance", instance))
    return Series(labels, tuple(Sample(at, 1.0) for at in stamps))


def seen(
    *states: Series, interval_seconds: float | None = 5.0, was_firing: bool = False
) -> AlertSighting:
    trace = AlertTrace(
        name="A", states=states, was_firing=was_firing, interval_seconds=interval_seconds
    )
    return sighting(trace, END)


def epochs(one: AlertSighting) -> tuple[float | None, ...]:
    moments = (one.pending_at, one.firing_at, one.resolved_at)
    return tuple(at.timestamp() if at else None for at in moments)


def test_an_alert_without_samples_was_silent() -> None:
    assert epochs(seen()) == (None, None, None)
    assert seen().known


def test_an_alert_without_a_rule_is_unknown() -> None:
    assert not seen(interval_seconds=None).known


def test_pending_firing_and_gone_are_the_first_evaluations_that_say_so() -> None:
    assert epochs(seen(state("pending", 10, 15), state("firing", 20, 25, 30))) == (10, 20, 35)


def test_an_alert_that_only_waited_never_fired() -> None:
    assert epochs(seen(state("pending", 10, 15))) == (10, None, None)


def test_an_alert_that_may_still_fire_at_the_end_is_not_gone() -> None:
    assert epochs(seen(state("firing", 90, 95))) == (None, 90, None)


def test_of_several_series_the_first_begins_and_the_last_ends() -> None:
    one = (state("pending", 12, instance="1"), state("firing", 17, 22, instance="1"))
    other = (state("pending", 10, instance="2"), state("firing", 20, 25, 30, 35, instance="2"))
    assert epochs(seen(*one, *other)) == (10, 17, 40)


def test_what_fired_before_the_window_is_reported() -> None:
    assert seen(state("firing", 1), was_firing=True).firing_at_baseline
