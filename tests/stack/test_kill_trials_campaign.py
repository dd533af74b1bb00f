"""How the kill trials are run and reported, without a stack."""

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trials.harness.starts import Starts
from trials.harness.watch import Concern, Sample
from trials.kill.boundaries import Boundary
from trials.kill.campaign import Campaign, run_all
from trials.kill.draws import Dealer, Trial
from trials.kill.faults import FAULTS
from trials.kill.rows import Row, failed, row_of
from trials.kill.ways import Way

TRIALS = Dealer(1, FAULTS, tuple(Way)).deal(20)
ONE_RAN = Starts(asked=50, ran=1, refused=49, other_codes=(2,), took_seconds=60)


def clean(trial: Trial) -> Row:
    return row_of(trial, [Sample(0, {}), Sample(1, {})], 0.0, status="INTERRUPTED")


async def carry_out(trial: Trial) -> Row:
    return clean(trial)


def campaign(rows: Sequence[Row], starts: Starts | None = ONE_RAN, **changes: Any) -> Campaign:
    values: dict[str, Any] = {"wanted": len(rows), "seed": 7, "command": "make kill-trials"}
    return Campaign(
        rows=tuple(rows),
        starts=starts,
        left_out=("evict: not here",),
        began_at=datetime(2026, 11, 23, tzinfo=UTC),
        took_seconds=120,
        **{**values, **changes},
    )


async def test_lanes_share_the_trials_and_their_rows_come_in_order() -> None:
    said: list[str] = []

    rows = await run_all(TRIALS, [carry_out] * 3, until=math.inf, say=said.append)

    assert [row.number for row in rows] == [trial.number for trial in TRIALS]
    assert len(said) == 2 * len(TRIALS)


async def test_no_trial_begins_after_the_time_is_up() -> None:
    assert await run_all(TRIALS, [carry_out], until=0.0, say=print) == ()


def test_a_campaign_keeps_its_promise_when_all_of_it_does() -> None:
    rows = [clean(trial) for trial in TRIALS]

    assert campaign(rows).is_kept
    assert not campaign(rows, wanted=100).is_kept
    assert not campaign([*rows, failed(TRIALS[0], "the worker slept")]).is_kept
    two_ran = Starts(asked=50, ran=2, refused=48, other_codes=(), took_seconds=1)
    assert not campaign(rows, two_ran).is_kept


def test_what_was_not_kept_is_reported_with_what_was_seen_last() -> None:
    trial = TRIALS[0]
    left = row_of(trial, [Sample(0, {Concern.FAULT: "backend-1: trial"})], 0.0)

    text = campaign([left]).text()

    assert f"Trial {trial.number}" in text
    assert "NOT KEPT: fault still there" in text
    assert "backend-1: trial" in text
    assert "Left out: evict: not here" in text
    assert "50 game days started at once: 1 ran, 49 were refused (kept" in text


def test_the_rows_are_written_for_programs(tmp_path: Path) -> None:
    path = tmp_path / "new" / "rows.json"
    campaign([clean(trial) for trial in TRIALS]).write(path)

    document = json.loads(path.read_text())
    assert document["kept"] is True
    assert [row["seconds"] for row in document["rows"]] == [0.0] * len(TRIALS)
    assert {row["boundary"] for row in document["rows"]} <= {*map(str, Boundary), ""}
