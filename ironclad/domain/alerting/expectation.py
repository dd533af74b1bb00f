"""What an experiment expects of alerts, beside what its own traffic can do to them."""

from collections.abc import Iterator, Sequence

from ironclad.domain.alerting.forecast import AlertForecast
from ironclad.domain.experiment.experiment import ExpectedAlerts


def impossible(expected: ExpectedAlerts, forecasts: Sequence[AlertForecast]) -> Iterator[str]:
    """Tell which alerts must fire and cannot; what may or may not is left to the run."""
    for one in forecasts:
        if one.name in expected.must and one.after_seconds is None and one.is_sure:
            yield (
                f"the alert {one.name} must fire and cannot in the planned time, with the traffic"
                " that is in its window; break more, or for longer, or do not expect it"
            )


def contradicting(expected: ExpectedAlerts, forecasts: Sequence[AlertForecast]) -> Iterator[str]:
    """Tell which alerts may not fire, but will, and which fire before any fault could be why."""
    for one in forecasts:
        if one.already and one.name in (*expected.must, *expected.must_not):
            yield (
                f"the alert {one.name} fires already, or will before the first fault, by earlier"
                " traffic: its firing shows nothing; wait until its windows are clear"
            )
        elif one.name in expected.must_not and one.after_seconds is not None and one.is_sure:
            yield (
                f"the alert {one.name} may not fire, and is predicted to"
                f" {one.after_seconds:.1f} s after the first fault begins"
            )
