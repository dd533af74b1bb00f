"""Which kinds of fault this version and this stack can do."""

import asyncio
import json

from trials.harness.stand import Stand
from trials.kill.experiments import text_of
from trials.kill.faults import FAULTS, TrialFault

_AT_ONCE = 3


async def possible(stand: Stand) -> tuple[tuple[TrialFault, ...], tuple[str, ...]]:
    """Give those that a plan can be made for, and why the others cannot."""
    slots = asyncio.Semaphore(_AT_ONCE)

    async def refusal(fault: TrialFault) -> str:
        async with slots:
            return await _refusal(stand, fault)

    refusals = await asyncio.gather(*(refusal(fault) for fault in FAULTS))
    found = list(zip(FAULTS, refusals, strict=True))
    return (
        tuple(fault for fault, reason in found if not reason),
        tuple(f"{fault.kind}: {reason}" for fault, reason in found if reason),
    )


async def _refusal(stand: Stand, fault: TrialFault) -> str:
    path = stand.experiments / f"plan-{fault.kind}.yaml"
    path.write_text(text_of(f"plan-{fault.kind}", fault))
    done = await stand.ironclad("game-day", "plan", str(path), "--ignore-budget", "--json")
    if not done.returncode:
        return ""
    try:
        return "; ".join(json.loads(done.stdout)["refused"])
    except (ValueError, KeyError, TypeError):
        return done.stderr.strip().splitlines()[-1]
