"""All trials one after the other, within a time, and what they showed together."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from trials.harness.starts import Starts
from trials.kill.draws import Trial
from trials.kill.rows import Row
from trials.kill.table import table


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """`left_out` are the kinds of fault that this stack cannot do, each with the reason."""

    seed: int
    command: str
    wanted: int
    rows: tuple[Row, ...]
    starts: Starts | None
    left_out: tuple[str, ...]
    began_at: datetime
    took_seconds: float

    @property
    def is_kept(self) -> bool:
        starts_kept = self.starts is None or self.starts.is_kept
        return starts_kept and len(self.rows) == self.wanted and all(r.is_kept for r in self.rows)

    def text(self) -> str:
        kept = sum(row.is_kept for row in self.rows)
        head = (
            f"`{self.command}`, {self.began_at:%Y-%m-%d}, seed {self.seed}:"
            f" {len(self.rows)} of {self.wanted} trials in {self.took_seconds / 60:.0f} min,"
            f" {kept} kept the promise."
        )
        lines = [
            head,
            "",
            table(self.rows),
            "",
            *_starts_line(self.starts),
            *(f"Left out: {reason}" for reason in self.left_out),
            *_broken(self.rows),
        ]
        return "\n".join(lines)

    def write(self, path: Path) -> None:
        rows = [{**asdict(row), "seconds": row.seconds, "kept": row.is_kept} for row in self.rows]
        document = {**asdict(self), "kept": self.is_kept, "rows": rows}
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(document, indent=1, default=str) + "\n", encoding="utf-8")


CarryOut = Callable[[Trial], Awaitable[Row]]


async def run_all(
    trials: Sequence[Trial],
    lanes: Sequence[CarryOut],
    *,
    until: float,
    say: Callable[[str], None],
) -> tuple[Row, ...]:
    """Carry them out, each lane one after the other, until the monotonic time `until`.

    Says how each went and how long the rest takes.
    """
    waiting, rows, began = iter(trials), list[Row](), time.monotonic()

    async def run_lane(carry_out: CarryOut) -> None:
        for trial in waiting:
            if time.monotonic() > until:
                return
            say(f"[{trial.number:>3}/{len(trials)}] {trial}")
            row = await carry_out(trial)
            rows.append(row)
            each = (time.monotonic() - began) / len(rows)
            left = each * (len(trials) - len(rows)) / 60
            say(f"[{trial.number:>3}/{len(trials)}] {said_of(row)}; {left:.0f} min to go")

    async with asyncio.TaskGroup() as group:
        for lane in lanes:
            group.create_task(run_lane(lane))
    return tuple(sorted(rows, key=lambda row: row.number))


def said_of(row: Row) -> str:
    if row.problem:
        return f"BROKEN: {row.problem}"
    sign = "kept" if row.is_kept else "NOT KEPT"
    parts = (
        f"fault {_seconds(row.fault_seconds)}",
        f"platform {_seconds(row.platform_seconds)}",
        f"load {_seconds(row.load_seconds)}",
        f"lock {_seconds(row.lock_seconds)}",
        f"ledger {_seconds(row.ledger_seconds)}",
    )
    left = f"; left over: {'; '.join(row.leftovers)}" if row.leftovers else ""
    seen = "" if row.is_kept or not row.last_problem else f"; {row.last_problem}"
    return f"{sign}: {', '.join(parts)} (goal {row.goal_seconds:g} s), {row.status}{left}{seen}"


def _seconds(value: float | None) -> str:
    return "still there" if value is None else f"{value:.1f} s"


def _starts_line(starts: Starts | None) -> list[str]:
    if starts is None:
        return []
    verdict = "kept" if starts.is_kept else "NOT KEPT"
    line = (
        f"{starts.asked} game days started at once: {starts.ran} ran, {starts.refused} were refused"
        f" ({verdict}, {starts.took_seconds:.0f} s)."
    )
    return [line]


def _broken(rows: Sequence[Row]) -> list[str]:
    return [
        f"Trial {row.number} ({row.way} at {row.boundary or 'its own moment'}, {row.fault}, by the"
        f" {row.host}): {said_of(row)}"
        for row in rows
        if not row.is_kept
    ]


def now() -> datetime:
    return datetime.now(UTC)
