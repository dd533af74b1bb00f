"""The steps of deploy-stack without Prefect: `python -m trials.bench.apps.deploy_plain STACK`."""

import asyncio
import sys
import time
from datetime import timedelta

from ironclad import wiring
from ironclad.domain.stack.platforms import LOCAL
from ironclad.domain.stack.stack import STAGES, StackRef, Stage
from ironclad.waiting import until_ready

READY_WITHIN = timedelta(minutes=5)


async def deploy(ref: StackRef) -> None:
    async with wiring.held(ref, purpose="deploy-plain"):
        for stage in STAGES:
            await bring_up(ref, stage)


async def bring_up(ref: StackRef, stage: Stage) -> None:
    async with wiring.open_toolbox(ref) as tools:
        await tools.platform.apply(stage)
        await until_ready(
            f"{stage} on {ref}",
            lambda: tools.platform.readiness(stage),
            deadline=READY_WITHIN,
            clock=tools.clock,
        )


def main(stack: str) -> None:
    began = time.perf_counter()
    asyncio.run(deploy(StackRef(LOCAL, stack)))
    sys.stdout.write(f"{time.perf_counter() - began}\n")


if __name__ == "__main__":
    main(sys.argv[1])
