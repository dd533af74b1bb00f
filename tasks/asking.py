"""Go or no-go: a person is asked on the flow run's page, before anything is held."""

import asyncio
from dataclasses import dataclass, replace
from datetime import timedelta

from prefect.exceptions import FlowPauseTimeout
from prefect.flow_runs import apause_flow_run
from prefect.input import RunInput
from pydantic import Field

from ironclad.domain.experiment.plan import Plan
from ironclad.domain.text.durations import format_duration
from ironclad.errors import NoGoError
from ironclad.report.formats.formatting import markdown_prose
from ironclad.report.formats.summary import plan_lines

POLL_SECONDS = 2
SPARE_SECONDS = 300
"""Prefect's server makes a run FAILED, whatever it says itself, whose pause it holds for over."""


class GoNoGo(RunInput):
    """The form that the page of a paused flow run shows."""

    go: bool = Field(default=False, title="Go", description="Run this game day now.")
    who: str = Field(default="", title="Who", description="Who decides; stands in the report.")
    why: str = Field(default="", title="Why", description="Why now, or why not.")


@dataclass(frozen=True, slots=True)
class Go:
    """Who said go, and why; either may be empty."""

    who: str = ""
    why: str = ""


async def demand_go(plan: Plan, within: timedelta) -> Go:
    """Pause the flow run until somebody answers. Raises NoGoError for a no, or for no answer.

    The run waits without the stack's lock: others may use the stack while a person thinks.
    """
    form = GoNoGo.with_initial_data(description=question(plan, within))
    seconds = max(1, round(within.total_seconds()))
    try:
        async with asyncio.timeout(seconds):
            answer = await apause_flow_run(
                wait_for_input=form, timeout=seconds + SPARE_SECONDS, poll_interval=POLL_SECONDS
            )
    except (TimeoutError, FlowPauseTimeout) as error:
        asked = format_duration(timedelta(seconds=seconds))
        raise NoGoError((f"no go came within {asked} of being asked",)) from error
    if not answer.go:
        raise NoGoError((no_go(answer.who.strip(), answer.why.strip()),))
    return Go(answer.who.strip(), answer.why.strip())


def question(plan: Plan, within: timedelta) -> str:
    """Say in Markdown what a go means: the time to answer, then the plan."""
    loud = replace(plan, alerts=tuple(one for one in plan.alerts if one.after_seconds is not None))
    silent = ", ".join(one.name for one in plan.alerts if one.after_seconds is None)
    first, *others = plan_lines(loud)
    lines = [*others, *([f"predicted to stay silent: {silent}"] if silent else [])]
    listed = "\n".join(f"- {markdown_prose(line)}" for line in lines)
    # What stands behind a list is not shown by Prefect's pages.
    return (
        f"**{markdown_prose(first)}**\n\n"
        f"No answer within {format_duration(within)} means no-go. Nothing is held while you decide,"
        f" and everything is checked once more after a go.\n\n{listed}\n"
    )


def no_go(who: str, why: str) -> str:
    by = f" by {who}" if who else ""
    return f"no-go{by}: {why}" if why else f"no-go{by}"
