"""`python -m benchmarks.self_chaos [WORD]`: every case, or those whose name has the word."""

import argparse
import asyncio
import signal
import sys
import time
from collections.abc import Sequence

from benchmarks import machine, pages
from benchmarks.kill_trials import stand as stands
from benchmarks.self_chaos.case import Case, Part, Row
from benchmarks.self_chaos.metrics_cases import CASES as METRICS
from benchmarks.self_chaos.parts import PARTS
from benchmarks.self_chaos.playing import play
from benchmarks.self_chaos.runner_cases import CASES as RUNNER
from benchmarks.self_chaos.stack_cases import CASES as STACK
from benchmarks.self_chaos.table import line_of, markdown

CASES = (*RUNNER, *METRICS, *STACK)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.self_chaos")
    parser.add_argument("word", nargs="?", default="", help="only cases with it in their name")
    parser.add_argument("--parts", action="store_true", help="only those without a stack")
    parser.add_argument("--minutes", type=float, default=40.0, help="start no case after that")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the stack goes with us
    word = given.word.lower()
    parts = [each for each in PARTS if word in each.name.lower()]
    cases = [each for each in CASES if word in each.name.lower() and not given.parts]
    rows = asyncio.run(_all(parts, cases, time.monotonic() + given.minutes * 60))
    if len(rows) == len(PARTS) + len(CASES):
        pages.put_into("self-chaos", markdown(rows, machine.lines("make self-chaos")))
    return _told(rows)


async def _all(parts: Sequence[Part], cases: Sequence[Case], until: float) -> list[Row]:
    rows = [_said(await _played(part)) for part in parts]
    if not cases:
        return rows
    stand = await stands.made()
    try:
        await stand.up()
        rows += [_said(await play(stand, case)) for case in cases if time.monotonic() < until]
    finally:
        await stand.down()
    return rows


async def _played(part: Part) -> Row:
    try:
        outcome, problem = await part.play(), ""
    except Exception as error:  # noqa: BLE001 - whatever it is, it is not well
        outcome, problem = "", f"{type(error).__name__}: {error}"
    return Row(name=part.name, place=part.place, outcome=outcome, problem=problem)


def _said(row: Row) -> Row:
    print(line_of(row), flush=True)  # noqa: T201
    return row


def _told(rows: Sequence[Row]) -> int:
    failed = [row for row in rows if not row.is_well]
    well = len(rows) - len(failed)
    print(f"{well} of {len(rows)} cases ended clearly and left nothing behind")  # noqa: T201
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
