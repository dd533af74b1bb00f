"""Run the trials: `python -m trials.verdict [--games N] [--only PART …]`."""

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Iterator

from trials.verdict import control, doses, generator, hour, offline, pages, planted
from trials.verdict.page import PAGE, Table, put
from trials.verdict.progress import Deadline, say
from trials.verdict.sources import sources_table

GAMES, TRACES_PER_GAME = 10, 100
"""So many games of each part make the tables that are kept; fewer are a look."""

MINUTES = 60.0

Part = Callable[[int, Deadline], Iterator[Table]]


def _offline(games: int, deadline: Deadline) -> Iterator[Table]:
    del deadline
    yield offline.oracle_table(games * TRACES_PER_GAME)
    yield offline.defects_table()


def _pages(games: int, deadline: Deadline) -> Iterator[Table]:
    del deadline
    yield pages.pages_table(games)


def _generator(games: int, deadline: Deadline) -> Iterator[Table]:
    del deadline
    yield generator.generator_table(games)


def _doses(games: int, deadline: Deadline) -> Iterator[Table]:
    ran = doses.run(games, deadline)
    yield doses.burn_table(ran)
    yield doses.alert_table(ran)


def _planted(games: int, deadline: Deadline) -> Iterator[Table]:
    ran = planted.run(games, deadline)
    yield planted.planted_table(ran)
    yield sources_table((f"{one.experiment}, {one.name}", one.report) for one in ran)


def _control(games: int, deadline: Deadline) -> Iterator[Table]:
    yield control.control_table(control.run(games, deadline))


def _hour(games: int, deadline: Deadline) -> Iterator[Table]:
    """One game day, however many were asked for."""
    del games
    yield hour.hour_table(hour.run(deadline))


PARTS: dict[str, Part] = {
    "generator": _generator,
    "doses": _doses,
    "planted": _planted,
    "control": _control,
    "hour": _hour,
    "pages": _pages,
    "offline": _offline,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trials.verdict")
    parser.add_argument("--games", type=int, default=GAMES, help="of each part; 10 take an hour")
    parser.add_argument("--only", action="append", choices=PARTS, help="may be given several times")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="no game begins later")
    given = parser.parse_args()
    games, deadline = max(1, given.games), Deadline(given.minutes)
    failed = [part for part in given.only or PARTS if not _ran(part, games, deadline)]
    kept = f"written: {PAGE}" if games >= GAMES else f"{GAMES} games would be written to {PAGE}"
    print(kept if not failed else f"failed: {', '.join(failed)}")  # noqa: T201
    return 1 if failed else 0


def _ran(part: str, games: int, deadline: Deadline) -> bool:
    """A part that fails is reported; the others still run."""
    began = time.monotonic()
    say(f"{part} begins")
    try:
        for table in PARTS[part](games, deadline):
            print(f"\n{table.name}\n{table.markdown()}", flush=True)  # noqa: T201
            if games >= GAMES or part == "hour":
                put(table)
    except Exception:  # noqa: BLE001 - whatever it is
        traceback.print_exc()
        return False
    say(f"{part} took {time.monotonic() - began:.0f} s")
    return True


if __name__ == "__main__":
    sys.exit(main())
