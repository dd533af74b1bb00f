"""`python -m benchmarks.busy_trials --games 10 --minutes 30`."""

import argparse
import asyncio
import os
import shlex
import signal
import sys
import time
from pathlib import Path

from benchmarks.busy_trials.experiments import dealt
from benchmarks.busy_trials.loops import busy_loops
from benchmarks.busy_trials.table import Campaign
from benchmarks.busy_trials.trial import Row, held
from benchmarks.kill_trials import stand as stands
from benchmarks.kill_trials.stand import Stand
from benchmarks.machine import lines
from benchmarks.pages import RESULTS
from benchmarks.verdict_trials.page import put
from ironclad.cli.terminal.console import err, out
from ironclad.errors import IroncladError
from ironclad.finishing import to_the_end
from ironclad.settings import PROJECT

WHOLE = 10
"""So many game days make the figures that are kept in the repository; fewer are a look."""

_ROWS = PROJECT / "benchmarks" / "busy_trials.json"
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
    _heed_signals()
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
        await to_the_end(stand.down())
    command = shlex.join(["python", "-m", "benchmarks.busy_trials", *sys.argv[1:]])
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


def _heed_signals() -> None:
    """Told to stop, however often, it takes down what it brought up."""
    loop, main_task = asyncio.get_running_loop(), asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        if main_task is not None:
            loop.add_signal_handler(number, main_task.cancel)


def _say(line: str) -> None:
    err.print(f"{time.strftime('%H:%M:%S', time.gmtime())} {line}", markup=False)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.busy_trials", description=__doc__)
    parser.add_argument("--games", type=int, default=WHOLE)
    parser.add_argument("--minutes", type=float, default=30, help="no more than this in all")
    parser.add_argument("--out", type=Path, help="file for the rows, else where they are kept")
    return parser.parse_args()


if __name__ == "__main__":
    main()
