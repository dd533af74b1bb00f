"""Does a roll-out lose a request? On a stack that is up, in the cluster that KUBECONFIG names.

    python trials/cluster/roll_out_under_load.py --stack ironclad-demo --seconds 60

The load is a game day's own: a Job in the namespace, a connection for every three requests, no
request tried twice. Ten seconds into it the Deployment is restarted, pod after pod.
"""

import argparse
import asyncio
import json
from collections import Counter
from datetime import timedelta

from ironclad import wiring
from ironclad.domain.experiment.experiment import Load, Mix
from ironclad.domain.experiment.pacer import Constant
from ironclad.domain.load.load import LoadOrder, LoadResult
from ironclad.domain.stack.platforms import KUBERNETES
from ironclad.domain.stack.stack import StackRef
from ironclad.domain.stack.undo import FAULT_LEASE
from ironclad.game_day.planning.making import run_id
from ironclad.ports import LoadHandle

BEFORE_SECONDS = 10


async def measured(ref: StackRef, seconds: int, rate: float) -> tuple[LoadResult, float]:
    """Give what the clients saw, and how long the roll-out took."""
    async with wiring.open_toolbox(ref) as tools:
        order = LoadOrder(
            run=run_id("roll-out", tools.clock.now()),
            url="",
            load=Load(pacer=Constant(rate), mix=Mix(), timeout=timedelta(seconds=2)),
            duration_seconds=seconds,
            lease_seconds=FAULT_LEASE.total_seconds(),
            seed=1,
        )
        async with tools.load.running(order) as handle:
            renewing = asyncio.create_task(renew_on(handle))
            await asyncio.sleep(BEFORE_SECONDS)
            began = tools.clock.monotonic()
            await kubectl(ref, "rollout", "restart", "deployment/backend")
            await kubectl(ref, "rollout", "status", "deployment/backend")
            took = tools.clock.monotonic() - began
            result = await handle.finished()
            renewing.cancel()
        await tools.watchers(await tools.platform.endpoints()).orders.clear(order.run)
    return result, took


async def renew_on(handle: LoadHandle) -> None:
    while True:
        await handle.renew()
        await asyncio.sleep(1)


async def kubectl(ref: StackRef, *arguments: str) -> None:
    started = await asyncio.create_subprocess_exec(
        "kubectl", "--namespace", ref.name, *arguments, stdout=asyncio.subprocess.DEVNULL
    )
    if await started.wait():
        raise SystemExit(f"kubectl {' '.join(arguments)} failed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--stack", default="ironclad-demo")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=float, default=100.0)
    given = parser.parse_args()
    ref = StackRef(KUBERNETES, given.stack)
    result, took = asyncio.run(measured(ref, given.seconds, given.rate))
    figures = {
        "sent": len(result.attempts),
        "failed": sum(row.is_bad for row in result.attempts),
        "why": Counter(row.error or row.status for row in result.attempts if row.is_bad),
        "answers": Counter(row.replica for row in result.attempts),
        "roll_out_seconds": round(took, 1),
    }
    print(json.dumps(figures, indent=2))  # noqa: T201


if __name__ == "__main__":
    main()
