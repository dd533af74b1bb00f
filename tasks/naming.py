"""What Prefect's pages call a run."""

from pathlib import Path

from prefect.runtime import flow_run

from ironclad import wiring
from ironclad.domain.stack import PlatformName
from ironclad.errors import IroncladError


def game_day_run_name() -> str:
    """By the experiment's own name, also where it was given by a path."""
    given = flow_run.parameters
    platform = PlatformName(given["platform"])
    return f"{experiment_name(str(given['experiment']))}-on-{platform}-{given['stack']}"


def experiment_name(given: str) -> str:
    """Of one that cannot be read the file's name stays: the run itself says what is wrong."""
    try:
        return wiring.experiment(given).name
    except IroncladError:
        return Path(given).stem
