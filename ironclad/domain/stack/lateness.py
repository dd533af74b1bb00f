"""A schedule that cannot be kept is passed over: what was right at ten may be wrong at noon."""

from datetime import datetime, timedelta

from ironclad.domain.text.durations import format_duration

LATE_AFTER = timedelta(minutes=15)


def lateness(due: datetime, now: datetime, limit: timedelta) -> str | None:
    """Say that a run is too late to begin; None where it is in time."""
    late = now - due
    if late <= limit:
        return None
    shown = format_duration(timedelta(seconds=round(late.total_seconds())))
    return (
        f"it was due at {due:%Y-%m-%d %H:%M:%S} UTC and is {shown} late, more than"
        f" {format_duration(limit)}; the next one comes at its own time"
    )
