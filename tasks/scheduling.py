"""Whether a run still begins when it should."""

from datetime import UTC, datetime, timedelta

from prefect.runtime import flow_run

from ironclad.domain.stack.lateness import lateness
from ironclad.errors import TooLateError


def demand_in_time(late_after_minutes: float) -> None:
    """Pass over what a worker picks up too late, after a downtime for example: no catching up.

    Raises TooLateError that says when it was due.
    """
    limit = timedelta(minutes=late_after_minutes)
    if late := lateness(flow_run.scheduled_start_time, datetime.now(UTC), limit):
        raise TooLateError((late,))
