"""Alerts of a real Prometheus over counters that grow as planned: predicted and seen."""

import asyncio
import tempfile
from pathlib import Path

from tests.game_day.test_alert_times import Fired, fired
from trials.verdict.page import Table

RATIOS = (0.06, 0.08, 0.1, 0.15, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
AT_ONCE = 5


def pages_table(games: int) -> Table:
    rows = [row for ratio, found in asyncio.run(_all(games)) for row in _rows(ratio, found)]
    in_time = sum(row[-1] == "yes" for row in rows)
    return Table(
        name="pages",
        columns=("bad requests", "alert", "predicted", "fired", "later by", "allowed", "in time"),
        rows=rows,
        remark=f"{in_time} of {len(rows)} in time; seconds from the first failure to firing.",
    )


async def _all(games: int) -> list[tuple[float, dict[str, Fired]]]:
    found: list[tuple[float, dict[str, Fired]]] = []
    chosen = [RATIOS[number % len(RATIOS)] for number in range(games)]
    for first in range(0, len(chosen), AT_ONCE):
        batch = chosen[first : first + AT_ONCE]
        found += zip(batch, await asyncio.gather(*map(_one, batch)), strict=True)
    return found


async def _one(ratio: float) -> dict[str, Fired]:
    with tempfile.TemporaryDirectory() as folder:
        return await fired(Path(folder), ratio)


def _rows(ratio: float, found: dict[str, Fired]) -> list[tuple[object, ...]]:
    return [
        (
            f"{ratio:.0%}",
            name,
            f"{one.predicted:.1f} s",
            f"{one.seen:.1f} s",
            f"{one.seen - one.predicted:+.2f} s",
            f"{one.tolerance:g} s",
            "yes" if -1.0 <= one.seen - one.predicted <= one.tolerance else "no",
        )
        for name, one in found.items()
    ]
