"""`python -m trials.kill --trials 100 --minutes 60 --seed 1`."""

import argparse
import asyncio
import functools
import secrets
import shlex
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from ironclad.cli.terminal.console import err, out
from ironclad.concurrency import run_to_completion
from ironclad.errors import IroncladError
from ironclad.settings import PROJECT
from trials.harness import stand as stands
from trials.harness.pages import put_into
from trials.harness.stand import Stand
from trials.harness.starts import Starts, start_at_once
from trials.kill.campaign import Campaign, now, run_all
from trials.kill.draws import Dealer, Trial
from trials.kill.kinds import possible
from trials.kill.trial import carry_out
from trials.kill.ways import Way

WHOLE = 100
"""So many trials make the figures that are kept in the repository; fewer are a look."""

_ROWS = PROJECT / "trials/kill/kill_trials.json"
_FEW_ROWS = PROJECT / "reports" / "kill_trials.json"
_INTERRUPTED = 130
_TAKING_DOWN_SECONDS = 180.0
"""What is kept of the time for the end, and for the many starts before it."""


def main() -> None:
    arguments = _arguments()
    try:
        campaign = asyncio.run(_campaign(arguments))
    except asyncio.CancelledError:
        sys.exit(_INTERRUPTED)
    except IroncladError as error:
        sys.exit(f"the kill trials could not be carried out: {error}")
    is_whole = arguments.trials >= WHOLE
    campaign.write(arguments.out or (_ROWS if is_whole else _FEW_ROWS))
    out.print(campaign.text(), markup=False)
    if is_whole:
        put_into("kill-trials", campaign.text())
    sys.exit(0 if campaign.is_kept else 1)


async def _campaign(arguments: argparse.Namespace) -> Campaign:
    _stop_on_signals()
    began, began_at = time.monotonic(), now()
    until = began + arguments.minutes * 60 - _TAKING_DOWN_SECONDS
    _say(f"seed {arguments.seed}: {arguments.lanes} stacks come up")
    lanes = [await stands.made() for _ in range(arguments.lanes)]
    try:
        await asyncio.gather(*(stand.up() for stand in lanes))
        trials, left_out = await _dealt(lanes[0], arguments)
        works = [functools.partial(carry_out, stand) for stand in lanes]
        rows = await run_all(trials, works, until=until, say=_say)
        starts = await _starts(lanes[0], _how_many_starts(arguments))
    finally:
        _say("everything goes down")
        await run_to_completion(_down(lanes))
    return Campaign(
        seed=arguments.seed,
        command=shlex.join(["python", "-m", "trials.kill", *sys.argv[1:]]),
        wanted=len(trials),
        rows=rows,
        starts=starts,
        left_out=left_out,
        began_at=began_at,
        took_seconds=round(time.monotonic() - began, 1),
    )


def _stop_on_signals() -> None:
    """On each signal to stop it takes down what it brought up."""
    loop, main_task = asyncio.get_running_loop(), asyncio.current_task()
    for number in (signal.SIGINT, signal.SIGTERM):
        if main_task is not None:
            loop.add_signal_handler(number, main_task.cancel)


async def _down(lanes: Sequence[Stand]) -> None:
    for stand in lanes:
        await stand.down()


async def _dealt(
    stand: Stand, arguments: argparse.Namespace
) -> tuple[Sequence[Trial], tuple[str, ...]]:
    faults, left_out = await possible(stand)
    for reason in left_out:
        _say(f"left out: {reason}")
    chosen = [fault for fault in faults if not arguments.fault or fault.kind in arguments.fault]
    dealer = Dealer(arguments.seed, chosen, arguments.way or tuple(Way))
    return dealer.deal(arguments.trials), left_out


def _how_many_starts(arguments: argparse.Namespace) -> int:
    return int(arguments.trials // 2 if arguments.starts is None else arguments.starts)


async def _starts(stand: Stand, count: int) -> Starts | None:
    if not count:
        return None
    _say(f"{count} game days are started at once")
    return await start_at_once(stand, count)


def _say(line: str) -> None:
    err.print(f"{now():%H:%M:%S} {line}", markup=False)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m trials.kill", description=__doc__)
    parser.add_argument("--trials", type=int, default=WHOLE)
    parser.add_argument("--minutes", type=float, default=60, help="no trial begins later")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10_000))
    parser.add_argument("--lanes", type=int, default=2, help="stacks with trials side by side")
    parser.add_argument("--starts", type=int, help="game days started at once; half of the trials")
    parser.add_argument("--way", type=Way, action="append", help="this way alone; repeatable")
    parser.add_argument("--fault", action="append", help="this kind alone; repeatable")
    parser.add_argument("--out", type=Path, help="file for the rows, else where they are kept")
    return parser.parse_args()


if __name__ == "__main__":
    main()
