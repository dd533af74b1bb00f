"""Freezes in wall-clock time, over changes of the clocks; and runs that come too late."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ironclad.domain.stack.freeze import Freeze, conflict
from tasks.turns import lateness

BERLIN = ZoneInfo("Europe/Berlin")
ZONES = [
    BERLIN,
    ZoneInfo("America/New_York"),
    ZoneInfo("Australia/Lord_Howe"),
    ZoneInfo("Asia/Kolkata"),
    ZoneInfo("UTC"),
]
"""Lord Howe shifts by half an hour, Kolkata never."""

MONDAY = datetime(2024, 1, 1)  # noqa: DTZ001 - wall-clock time
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
WEEKEND = Freeze(
    first=MONDAY + 4 * DAY + 16 * HOUR,
    length=2 * DAY + 16 * HOUR,
    every=WEEK,
    zone=BERLIN,
    why="weekend",
)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


@pytest.mark.parametrize(
    ("moment", "is_frozen"),
    [
        ("2026-03-27T15:59:00", False),
        ("2026-03-27T16:00:00", True),
        ("2026-03-29T03:30:00", True),
        ("2026-03-30T07:59:00", True),
        ("2026-03-30T08:00:00", False),
        ("2026-10-26T07:59:00", True),
        ("2026-10-26T08:00:00", False),
    ],
)
def test_a_weekend_ends_at_eight_by_the_wall_clock_whatever_the_clocks_did(
    moment: str, *, is_frozen: bool
) -> None:
    now = at(moment)
    assert (conflict([WEEKEND], now, now) is not None) is is_frozen


def test_what_would_still_run_when_a_freeze_begins_is_named_apart() -> None:
    begin = at("2026-01-09T15:50:00")

    assert conflict([WEEKEND], begin, begin + timedelta(minutes=9)) is None
    sentence = conflict([WEEKEND], begin, begin + timedelta(minutes=11))

    assert sentence == (
        "it would still run when a freeze begins, from Fri 2026-01-09 16:00 CET to"
        " Mon 2026-01-12 08:00 CET (weekend)"
    )


def test_a_freeze_that_is_over_or_far_ahead_says_nothing() -> None:
    once = Freeze(
        first=datetime(2026, 12, 20),  # noqa: DTZ001
        length=14 * DAY,
        every=None,
        zone=BERLIN,
        why="holidays",
    )
    for moment in ("2026-12-19T22:00:00", "2027-01-03T00:00:00"):
        assert conflict([once], at(moment), at(moment)) is None
    assert conflict([once], at("2026-12-20T00:00:00"), at("2026-12-20T00:00:00"))


@pytest.mark.parametrize(
    ("first", "length", "moment"),
    [
        (datetime(2026, 3, 29, 2, 30), 2.5, "2026-03-29T01:10"),  # noqa: DTZ001
        (datetime(2026, 10, 25), 2.5, "2026-10-25T01:10"),  # noqa: DTZ001
        (datetime(2026, 10, 25, 2, 30), 1.0, "2026-10-25T00:40"),  # noqa: DTZ001
    ],
    ids=["begins in an hour that is left out", "ends in one that comes twice", "begins in one"],
)
def test_an_hour_that_is_left_out_or_comes_twice_is_read_both_ways(
    first: datetime, length: float, moment: str
) -> None:
    """At each of these moments a clock on the wall in Berlin is inside."""
    freeze = Freeze(first=first, length=length * HOUR, every=None, zone=BERLIN, why="")
    now = datetime.fromisoformat(moment).replace(tzinfo=UTC)

    wall = now.astimezone(BERLIN).replace(tzinfo=None)
    assert first <= wall < first + length * HOUR
    assert conflict([freeze], now, now)


moments = st.datetimes(
    min_value=datetime(2024, 1, 1),  # noqa: DTZ001
    max_value=datetime(2030, 1, 1),  # noqa: DTZ001
    timezones=st.just(UTC),
)
minutes = st.integers(min_value=0, max_value=7 * 24 * 60 - 1)


@given(
    now=moments,
    zone=st.sampled_from(ZONES),
    first=minutes,
    length=st.integers(min_value=1, max_value=7 * 24 * 60),
)
def test_no_moment_that_a_clock_on_the_wall_calls_frozen_is_free(
    now: datetime, zone: ZoneInfo, first: int, length: int
) -> None:
    """The oracle reads the wall clock alone: how far into its week is this moment?"""
    freeze = Freeze(
        first=MONDAY + timedelta(minutes=first),
        length=timedelta(minutes=length),
        every=WEEK,
        zone=zone,
        why="",
    )
    wall = now.astimezone(zone).replace(tzinfo=None)
    is_inside = (wall - freeze.first) % WEEK < freeze.length

    if is_inside:
        assert conflict([freeze], now, now)
    elif (
        all((wall + shift - freeze.first) % WEEK >= freeze.length for shift in (-HOUR, HOUR))
        and length < 7 * 24 * 60 - 120
    ):
        assert conflict([freeze], now, now) is None


@given(
    due=moments,
    late_minutes=st.integers(min_value=-5, max_value=3 * 24 * 60),
    zone=st.sampled_from(ZONES),
    lasts_minutes=st.integers(min_value=1, max_value=300),
)
def test_whatever_the_downtime_no_run_is_under_way_in_a_freeze(
    due: datetime, late_minutes: int, zone: ZoneInfo, lasts_minutes: int
) -> None:
    """A run starts only if both let it: then every minute of it is outside and it is in time."""
    night = Freeze(first=MONDAY + 22 * HOUR, length=9 * HOUR, every=DAY, zone=zone, why="night")
    limit, lasts = timedelta(minutes=15), timedelta(minutes=lasts_minutes)
    started = due + timedelta(minutes=late_minutes)
    if lateness(due, started, limit) or conflict([night], started, started + lasts):
        return

    assert started - due <= limit
    for minute in range(lasts_minutes):
        wall = (started + timedelta(minutes=minute)).astimezone(zone)
        assert 7 <= wall.hour < 22


def test_a_run_that_comes_too_late_says_when_it_was_due() -> None:
    due = datetime(2026, 1, 6, 10, tzinfo=UTC)
    limit = timedelta(minutes=15)

    assert lateness(due, due + limit, limit) is None
    assert lateness(due, due - limit, limit) is None
    assert lateness(due, due + timedelta(hours=2, seconds=3), limit) == (
        "it was due at 2026-01-06 10:00:00 UTC and is 2h3s late, more than 15m; the next one comes"
        " at its own time"
    )
