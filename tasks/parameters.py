"""What the parameters of flows may be: Prefect's form, its API and the flows refuse the rest."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, Field, WithJsonSchema

from ironclad import wiring
from ironclad.domain.stack.platforms import PLATFORMS, PlatformName, platform_named
from ironclad.domain.stack.stack import NAME_PATTERN, Stage, demand_stack_name

StackName = Annotated[
    str,
    AfterValidator(demand_stack_name),
    WithJsonSchema({"type": "string", "pattern": f"^{NAME_PATTERN}$"}),
]
"""As the command line takes it."""

Platform = Annotated[
    PlatformName,
    AfterValidator(platform_named),
    WithJsonSchema({"type": "string", "enum": list(PLATFORMS)}),
]

Words = Annotated[str, Field(max_length=500)]
"""What a person says; it stands in reports, logs and locks."""

BlockName = Annotated[str, Field(pattern=r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$", max_length=100)]
"""As Prefect lets a block be named."""

Minutes = Annotated[float, Field(ge=0, le=7 * 24 * 60, allow_inf_nan=False)]

Answering = Annotated[float, Field(ge=0.05, le=24 * 60, allow_inf_nan=False)]
"""How many minutes a person has; a paused run is held by its process for as long."""

Stages = Annotated[tuple[Stage, ...], Field(min_length=1, max_length=len(Stage))]


def experiment_schema(names: tuple[str, ...]) -> Mapping[str, Any]:
    """Give a choice of what there is; a file elsewhere is named by its path."""
    path = {"type": "string", "pattern": r"\.ya?ml$", "title": "a file elsewhere"}
    choice = {"type": "string", "enum": list(names), "title": "from the folder of experiments"}
    return {"anyOf": [choice, path]} if names else path


ExperimentName = Annotated[str, WithJsonSchema(dict(experiment_schema(wiring.experiment_names())))]
"""The flow itself looks for it, and says what there is where it finds none."""
