"""The control group: false alarms of equal replicas, and slow ones found.

By resampling recorded latencies, and in live games.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from ironclad.domain.evidence.ranks import rank_test
from trials.verdict.lanes import on_lanes
from trials.verdict.page import Table
from trials.verdict.progress import Deadline
from trials.verdict.recorded import latencies, resampled
from trials.verdict.stand import Report, Stand

SEEDS = 400
FACTORS = (1.0, 1.5, 2.0, 3.0)
SLOWER = "6ms"
"""An answer takes 2 to 3 ms otherwise."""


@dataclass(frozen=True, slots=True)
class Work:
    number: int
    delay: str
    """Empty for a game in which nothing is done to the targets."""

    def __str__(self) -> str:
        return f"slower-{self.number}" if self.delay else f"equal-{self.number}"


@dataclass(frozen=True, slots=True)
class Ran:
    work: Work
    report: Report


def run(games: int, deadline: Deadline) -> list[Ran]:
    equal = [Work(number, "") for number in range(max(1, games // 2))]
    slower = [Work(number, SLOWER) for number in range(max(1, games // 5))]
    return [Ran(work, report) for work, report in on_lanes(equal + slower, _game, deadline)]


def _game(stand: Stand, work: Work) -> Report:
    return stand.up().game(str(work), _document(work))


def _document(work: Work) -> dict[str, Any]:
    fault = {"id": "nothing", "kind": "error", "share": 0, "status": 503}
    if work.delay:
        fault = {"id": "delay", "kind": "latency", "share": 1, "delay": work.delay}
    target = {"at": "0s", "for": "15s", "target": {"replicas": 1}, "seed": work.number + 1}
    return {
        "apiVersion": "ironclad/v1",
        "kind": "Experiment",
        "metadata": {"name": str(work), "owner": "trials"},
        "hypothesis": "A replica is as quick as its neighbours.",
        "objectives": ["orders-availability", "orders-latency"],
        "load": {"pacer": {"constant": "150/s"}, "timeout": "2s"},
        "phases": {"baseline": "8s", "recovery": "25s", "settle": "5s"},
        "faults": [fault | target],
        "expect": {"targets_as_quick_as_others": True},
    }


def control_table(ran: Iterable[Ran]) -> Table:
    columns = ("groups", "one slower by", "compared", "said to be slower", "goal")
    recorded, ran = latencies(), list(ran)
    total = sum(map(len, recorded.values()))
    return Table(
        name="control",
        columns=columns,
        rows=[*(_resampled(recorded, factor) for factor in FACTORS), *_live(ran)],
        remark="\n".join(
            [f"Resampled from {total:,} recorded answers of three replicas.", *_odd(ran)]
        ),
    )


def _resampled(recorded: dict[str, list[float]], factor: float) -> tuple[object, ...]:
    found = sum(_is_slower(recorded, factor, seed) for seed in range(SEEDS)) / SEEDS
    goal = {1.0: "at most 5 %", 3.0: "at least 95 %"}.get(factor, "")
    return "resampled", f"× {factor:g}", f"{SEEDS} seeds", f"{found:.1%}", goal


def _is_slower(recorded: dict[str, list[float]], factor: float, seed: int) -> bool:
    drawn = resampled(recorded, seed)
    return rank_test([factor * one for one in drawn.treated], drawn.control).is_higher


def _live(ran: list[Ran]) -> Iterator[tuple[object, ...]]:
    for delay, by, goal in (("", "nothing", "none"), (SLOWER, SLOWER, "all")):
        games = [one for one in ran if one.work.delay == delay]
        found = sum(_says_slower(one.report) for one in games)
        yield "live", by, f"{len(games)} games", found, goal


def _says_slower(report: Report) -> bool:
    said = [report["reason"], *report.get("reasons", [])]
    return report["verdict"] == "DEVIATED" and any("than the others" in words for words in said)


def _odd(ran: list[Ran]) -> Iterator[str]:
    """Tell of games that ended otherwise than they should."""
    for one in ran:
        wanted = "DEVIATED" if one.work.delay else "UPHELD"
        if one.report["verdict"] != wanted:
            yield f"- {one.work} ended {one.report['verdict']}: {one.report['reason']}"
