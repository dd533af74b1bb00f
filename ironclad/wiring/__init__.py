"""Settings in, adapters out: the only place that builds one. Callers see ports and values."""

from ironclad.wiring.experiments import experiment, experiment_names, history, refusal
from ironclad.wiring.prefect import (
    ensure_prefect,
    prefect_api_url,
    prefect_url,
    register_deployments,
)
from ironclad.wiring.stack import (
    held,
    janitor_place,
    opened,
    person,
    plan,
    sweeper,
    take_down,
    take_everything_down,
)

__all__ = [
    "ensure_prefect",
    "experiment",
    "experiment_names",
    "held",
    "history",
    "janitor_place",
    "opened",
    "person",
    "plan",
    "prefect_api_url",
    "prefect_url",
    "refusal",
    "register_deployments",
    "sweeper",
    "take_down",
    "take_everything_down",
]
