"""Settings in, adapters out: the only place that builds one. Callers see ports and values."""

from ironclad.adapters.rejudging import demand_same, judge_again
from ironclad.wiring.cluster import (
    current_context,
    differ,
    doors,
    rendered,
    start_minikube,
)
from ironclad.wiring.experiments import experiment, experiment_names, history, refusal
from ironclad.wiring.halting import abort, end_halt, halt, halt_of
from ironclad.wiring.local import fetch_tools
from ironclad.wiring.local import stacks as local_stacks
from ironclad.wiring.new_experiment import write_experiment
from ironclad.wiring.objectives import RULES, as_prometheus_rule, deploy_gate, write_rules
from ironclad.wiring.overview import overview
from ironclad.wiring.past import Past, past
from ironclad.wiring.prefect import (
    ensure_prefect,
    prefect_environment,
    prefect_url,
    register_deployments,
    register_for_pool,
)
from ironclad.wiring.review import review_budgets
from ironclad.wiring.stack import (
    held,
    janitor,
    janitor_place,
    opened,
    person,
    plan,
    sweeper,
    take_down,
    take_everything_down,
)
from ironclad.wiring.turns import deploying, starting
from ironclad.wiring.wish import ANY, Wish, images, named

__all__ = [
    "ANY",
    "RULES",
    "Past",
    "Wish",
    "abort",
    "as_prometheus_rule",
    "current_context",
    "demand_same",
    "deploy_gate",
    "deploying",
    "differ",
    "doors",
    "end_halt",
    "ensure_prefect",
    "experiment",
    "experiment_names",
    "fetch_tools",
    "halt",
    "halt_of",
    "held",
    "history",
    "images",
    "janitor",
    "janitor_place",
    "judge_again",
    "local_stacks",
    "named",
    "opened",
    "overview",
    "past",
    "person",
    "plan",
    "prefect_environment",
    "prefect_url",
    "refusal",
    "register_deployments",
    "register_for_pool",
    "rendered",
    "review_budgets",
    "start_minikube",
    "starting",
    "sweeper",
    "take_down",
    "take_everything_down",
    "write_experiment",
    "write_rules",
]
