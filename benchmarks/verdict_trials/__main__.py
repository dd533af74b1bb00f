"""Run the trials: `python -m benchmarks.verdict_trials [--games N] [--only PART …]`."""

import argparse
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.verdict_trials import control, doses, offline, pages, planted
from benchmarks.verdict_trials.page import PAGE, Table, put
from benchmarks.verdict_trials.stand import stand

GAMES, TRACES_PER_GAME = 10, 100


def _offline(games: int) -> Iterator[Table]:
    yield offline.oracle_table(games * TRACES_PER_GAME)
    yield offline.defects_table()


def _pages(games: int) -> Iterator[Table]:
    yield pages.pages_table(games)


def _doses(games: int) -> Iterator[Table]:
    with stand() as ready:
        ran = list(doses.run(ready, games))
    yield doses.burn_table(ran)
    yield doses.alert_table(ran)


def _planted(games: int) -> Iterator[Table]:
    with stand() as ready:
        ran = list(planted.run(ready, games))
        sound = next((Path(report["folder"]) for *_, report in ran if "folder" in report), None)
        found = control.control_table(sound) if sound else None
    yield planted.planted_table(ran)
    if found is not None:
        yield found
    yield planted.sources_table(ran)


PARTS: dict[str, Callable[[int], Iterator[Table]]] = {
    "offline": _offline,
    "pages": _pages,
    "doses": _doses,
    "planted": _planted,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.verdict_trials")
    parser.add_argument("--games", type=int, default=GAMES, help="of each part; 10 take an hour")
    parser.add_argument("--only", action="append", choices=PARTS, help="may be given several times")
    given = parser.parse_args()
    failed = [part for part in given.only or PARTS if not _ran(part, max(1, given.games))]
    print(f"written: {PAGE}" if not failed else f"failed: {', '.join(failed)}")  # noqa: T201
    return 1 if failed else 0


def _ran(part: str, games: int) -> bool:
    """One part that fails is told, and keeps no other from running."""
    began = time.monotonic()
    try:
        for table in PARTS[part](games):
            put(table)
            print(f"\n{table.name}\n{table.markdown()}", flush=True)  # noqa: T201
    except Exception:  # noqa: BLE001 - whatever it is
        traceback.print_exc()
        return False
    print(f"\n{part} took {time.monotonic() - began:.0f} s", flush=True)  # noqa: T201
    return True


if __name__ == "__main__":
    sys.exit(main())
