"""Five of the kill trials: `make kill-trials` carries out a hundred."""

import asyncio
from dataclasses import replace

import pytest

from tests.fakes.stack.product import Product
from trials.harness.stand import Stand
from trials.kill.boundaries import Boundary
from trials.kill.draws import Trial
from trials.kill.faults import FAULTS
from trials.kill.trial import carry_out
from trials.kill.ways import Host, Way

pytestmark = [pytest.mark.stack, pytest.mark.slow, pytest.mark.prefect, pytest.mark.timeout(300)]

INTERRUPTED = "INTERRUPTED INCONCLUSIVE"


def trial(way: Way, boundary: Boundary, kind: str) -> Trial:
    fault = next(fault for fault in FAULTS if fault.kind == kind)
    return Trial(number=1, way=way, boundary=boundary, host=Host.COMMAND, fault=fault)


TRIALS = [
    trial(Way.CTRL_C, Boundary.HALF_ARMED, "error"),
    trial(Way.TERMINATE, Boundary.SEEN, "latency"),
    trial(Way.ABORT, Boundary.ENTRY, "not-ready"),
    trial(Way.KILL_FLOW, Boundary.RENEWING, "error"),
    trial(Way.KILL_FLOW, Boundary.SEEN, "replica-pause"),
]

STATUSES = {
    Way.CTRL_C: INTERRUPTED,
    Way.TERMINATE: INTERRUPTED,
    Way.ABORT: "ABORTED INCONCLUSIVE",
    Way.KILL_FLOW: INTERRUPTED,
}


@pytest.fixture(scope="module")
def stand(product: Product) -> Stand:
    stand = Stand(
        folder=product.folder,
        tools=product.tools,
        prefect_port=product.prefect_port,
        reports=product.folder / "trial-reports",
    )
    stand.prepare()
    return stand


@pytest.mark.parametrize(
    "number",
    range(len(TRIALS)),
    ids=[f"{each.way} at {each.boundary}, {each.fault.kind}" for each in TRIALS],
)
def test_whatever_ends_a_game_day_nothing_is_left(stand: Stand, number: int) -> None:
    drawn = replace(TRIALS[number], number=number)

    row = asyncio.run(carry_out(stand, drawn))

    assert row.is_kept, row
    assert row.status == STATUSES[drawn.way]
