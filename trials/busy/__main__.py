"""`python -m trials.busy --games 10 --minutes 30`."""

import argparse
import asyncio
import os
import shlex
import signal
import sys
import time
from pathlib import Path

from ironclad.cli.terminal.console import err, out
from ironclad.concurrency import run_to_completion
from ironclad.errors import IroncladError
from ironclad.settings import PROJECT
from trials.busy.experiments import dealt
from trials.busy.loops import busy_loops
from trials.busy.table import Campaign
from trials.busy.trial import Row, held
from trials.harness import stand as stands
from trials.harness.machine import lines
from trials.harness.pages import RESULTS
from trials.harness.stand import Stand
from trials.verdict.page import put

WHOLE = 10
"""So many game days make the figures that are kept in the repository; fewer are a look."""

_ROWS = PROJECT / "trials/busy/busy_trials.json"
_FEW_ROWS = PROJECT / "reports" / "busy_trials.json"
_SPARE_SECONDS = 240.0
"""What is kept of the time for the last game day and for taking down."""

_INTERRUPTED = 130


def main() -> None:
    arguments = _arguments()
    try:
        campaign = asyncio.run(_campaign(arguments))
    except asyncio.CancelledError:
        sys.exit(_INTERRUPTED)
    except IroncladError as error:
        sys.exit(f"the busy trials could not be carried out: {error}")
    is_whole = arguments.games >= WHOLE
    campaign.write(arguments.out or (_ROWS if is_whole else _FEW_ROWS))
    out.print(campaign.table().markdown(), markup=False)
    if is_whole and not arguments.out:
        put(campaign.table(), RESULTS / "busy-trials.md")
    sys.exit(0 if campaign.is_kept else 1)


async def _campaign(arguments: argparse.Namespace) -> Campaign:
    _stop_on_signals()
    began, seconds = time.monotonic(), arguments.minutes * 60
    stand = await stands.made()
    try:
        with busy_loops(seconds) as loops:
            _say(f"{loops} busy loops run; the stack comes up beside them")
            await stand.up()
            up = time.monotonic() - began
            _say(f"the stack is up after {up:.0f} s")
            rows = await _rows(stand, arguments.games, began + seconds - _SPARE_SECONDS)
            load_average = os.getloadavg()[0]
    finally:
        _say("everything goes down")
        await run_to_completion(stand.down())
    command = shlex.join(["python", "-m", "trials.busy", *sys.argv[1:]])
    return Campaign(
        command=command,
        machine=lines(command),
        loops=loops,
        load_average=round(load_average, 1),
        up_seconds=round(up, 1),
        took_seconds=round(time.monotonic() - began, 1),
        rows=rows,
    )


async def _rows(stand: Stand, games: int, until: float) -> list[Row]:
    rows: list[Row] = []
    for number, known in enumerate(dealt(games)):
        if time.monotonic() > until:
            _say(f"the time is up after {len(rows)} of {games} game days")
            break
        rows.append(row := await held(stand, number, known))
        _say(f"{number + 1} of {games}: {row.experiment} {row.verdict}: {row.reason}")
        for problem in row.problems:
            _say(f"  NOT WELL: {problem}")
    return rows


def _stop_on_signals() -> None:
    """On each signal to stop it takes down what it brought up."""
    loop, main_task = asyncio.get_running_loop(), asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        if main_task is not None:
            loop.add_signal_handler(number, main_task.cancel)


def _say(line: str) -> None:
    err.print(f"{time.strftime('%H:%M:%S', time.gmtime())} {line}", markup=False)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m trials.busy", description=__doc__)
    parser.add_argument("--games", type=int, default=WHOLE)
    parser.add_argument("--minutes", type=float, default=30, help="no more than this in all")
    parser.add_argument("--out", type=Path, help="file for the rows, else where they are kept")
    return parser.parse_args()


if __name__ == "__main__":
    main()
