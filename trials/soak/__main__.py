"""`python -m trials.soak --minutes 60 [--seed 1]`."""

import argparse
import asyncio
import secrets
import signal
import sys
import time
from collections.abc import Mapping, Sequence

from trials.harness import machine, pages
from trials.harness import stand as stands
from trials.harness.stand import Stand
from trials.soak.bounds import Growth, growths
from trials.soak.page import line_of, markdown, sentence
from trials.soak.running import Ran, run
from trials.soak.samples import sample


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m trials.soak")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1_000_000))
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the stack goes with us
    print(f"the first seed is {given.seed}", flush=True)  # noqa: T201
    ran, samples = asyncio.run(_soaked(given.minutes, given.seed))
    grown = growths(samples)
    if grown:
        command = f"make soak MINUTES={given.minutes:g} SEED={given.seed}"
        pages.put_into("soak", markdown(ran, grown, machine.lines(command)))
    return _reported(ran, grown)


async def _soaked(minutes: float, seed: int) -> tuple[list[Ran], list[Mapping[str, float]]]:
    stand = await stands.made()
    try:
        await stand.up()
        return await _back_to_back(stand, time.monotonic() + minutes * 60, seed)
    finally:
        await stand.down()


async def _back_to_back(
    stand: Stand, until: float, seed: int
) -> tuple[list[Ran], list[Mapping[str, float]]]:
    ran: list[Ran] = []
    samples: list[Mapping[str, float]] = [await asyncio.to_thread(sample, stand)]
    while time.monotonic() < until:
        ran.append(await run(stand, seed + len(ran)))
        print(line_of(ran[-1]), flush=True)  # noqa: T201
        if not ran[-1].is_refused:
            samples.append(await asyncio.to_thread(sample, stand))
    return ran, samples


def _reported(ran: Sequence[Ran], grown: Sequence[Growth]) -> int:
    print(sentence(ran))  # noqa: T201
    over = [each for each in grown if not each.is_kept]
    for each in over:
        print(f"GREW: {each.measure} by {each.grown:.1f}, bound {each.most:.1f}")  # noqa: T201
    return 1 if over or any(each.problem for each in ran) or not ran else 0


if __name__ == "__main__":
    sys.exit(main())
