"""What Prefect's pages call a run."""

from pathlib import Path

from prefect.context import FlowRunContext
from prefect.runtime import flow_run
from prefect.utilities.urls import url_for

from ironclad import wiring
from ironclad.errors import IroncladError


def game_day_run_name() -> str:
    """By the experiment's own name, also where it was given by a path."""
    given = flow_run.parameters
    experiment = experiment_name(str(given["experiment"]))
    return f"{experiment}-on-{given['platform']}-{given['stack']}"


def disarm_run_name() -> str:
    """Say how far it looks."""
    given = flow_run.parameters
    platform, stack = given.get("platform"), given.get("stack")
    where = (*((platform,) if platform else ()), stack or "every-stack")
    return f"disarm-faults-on-{'-'.join(where)}"


def flow_run_page() -> str:
    """Give the address of this flow run's page; empty without a run, or a server with pages."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return ""
    return url_for("flow-run", obj_id=context.flow_run.id) or ""


def experiment_name(given: str) -> str:
    """Of one that cannot be read the file's name stays: the run itself says what is wrong."""
    try:
        return wiring.experiment(given).name
    except IroncladError:
        return Path(given).stem
