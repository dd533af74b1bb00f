"""`python -m trials.self_chaos [WORD …]`: every case, or those whose name has one of them."""

import argparse
import asyncio
import signal
import sys
import time
from collections import deque
from collections.abc import Sequence

from trials.harness import stand as stands
from trials.self_chaos.case import Case, Part, Row
from trials.self_chaos.metrics_cases import CASES as METRICS
from trials.self_chaos.parts import PARTS
from trials.self_chaos.playing import play
from trials.self_chaos.record import keep
from trials.self_chaos.runner_cases import CASES as RUNNER
from trials.self_chaos.stack_cases import CASES as STACK
from trials.self_chaos.table import line_of

CASES = (*RUNNER, *METRICS, *STACK)
NAMES = (*(each.name for each in PARTS), *(each.name for each in CASES))


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trials.self_chaos")
    parser.add_argument("words", nargs="*", default=[""], help="only cases with one in their name")
    parser.add_argument("--parts", action="store_true", help="only those without a stack")
    parser.add_argument("--minutes", type=float, default=30.0, help="start no case after that")
    parser.add_argument("--stacks", type=int, default=2, help="at most so many side by side")
    parser.add_argument("--keep", action="store_true", help="put what was named onto the page")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the stack goes with us
    chosen = _named(given.words)
    parts = [each for each in PARTS if each.name in chosen]
    cases = [each for each in CASES if each.name in chosen and not given.parts]
    rows = asyncio.run(_all(parts, cases, given.stacks, time.monotonic() + given.minutes * 60))
    if given.keep or len(rows) == len(NAMES):
        only = f" ONLY='{' '.join(given.words)}' KEEP=1" if len(rows) < len(NAMES) else ""
        keep(rows, NAMES, f"make self-chaos{only}")
    return _reported(rows)


def _named(words: Sequence[str]) -> set[str]:
    return {name for name in NAMES for word in words if word.lower() in name.lower()}


async def _all(
    parts: Sequence[Part], cases: Sequence[Case], stacks: int, until: float
) -> list[Row]:
    """Play those without a stack while the stacks come up, which then take case after case."""
    left = deque(cases)
    number = min(stacks, len(cases))
    played = await asyncio.gather(
        _in_parts(parts), *(_on_a_stack(left, until) for _ in range(number))
    )
    return [row for rows in played for row in rows]


async def _on_a_stack(left: deque[Case], until: float) -> list[Row]:
    rows: list[Row] = []
    stand = await stands.made()
    try:
        await stand.up()
        while left and time.monotonic() < until:
            rows.append(_said(await play(stand, left.popleft())))
    finally:
        await stand.down()
    return rows


async def _in_parts(parts: Sequence[Part]) -> list[Row]:
    return [_said(await _played(part)) for part in parts]


async def _played(part: Part) -> Row:
    try:
        outcome, problem = await part.play(), ""
    except Exception as error:  # noqa: BLE001 - whatever it is, it is not well
        outcome, problem = "", f"{type(error).__name__}: {error}"
    return Row(name=part.name, place=part.place, outcome=outcome, problem=problem)


def _said(row: Row) -> Row:
    print(line_of(row), flush=True)  # noqa: T201
    return row


def _reported(rows: Sequence[Row]) -> int:
    failed = [row for row in rows if not row.is_well]
    well = len(rows) - len(failed)
    print(f"{well} of {len(rows)} cases ended clearly and left nothing behind")  # noqa: T201
    return 1 if failed or not rows else 0


if __name__ == "__main__":
    sys.exit(main())
