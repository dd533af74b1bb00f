"""A phase's progress is shown where somebody can see it, and is never in its way."""

import logging

import pytest

from ironclad.progress import LOGGER, Progress
from tasks.pages.showing import percent, shown

CASES = {
    "half": (Progress("inject", 15, 30, "s"), 50.0),
    "over": (Progress("inject", 40, 30, "s"), 100.0),
    "not known": (Progress("inject", 15, None, "s"), 0.0),
    "nothing to do": (Progress("inject", 0, 0, "s"), 0.0),
}


@pytest.mark.parametrize(("said", "wanted"), CASES.values(), ids=CASES.keys())
def test_progress_in_percent(said: Progress, wanted: float) -> None:
    assert percent(said) == wanted


async def test_outside_of_a_run_nothing_listens_and_nothing_changes() -> None:
    before = (LOGGER.level, LOGGER.propagate, list(LOGGER.handlers))
    async with shown("inject"):
        assert list(LOGGER.handlers) == before[2]
    assert (LOGGER.level, LOGGER.propagate, list(LOGGER.handlers)) == before


async def test_what_goes_wrong_inside_goes_out_as_it_was() -> None:
    with pytest.raises(ZeroDivisionError):
        async with shown("inject"):
            raise ZeroDivisionError
    assert logging.getLogger("ironclad.progress").propagate
