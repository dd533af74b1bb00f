"""Settings in, adapters out: the only place that builds one. Callers see ports and values.

Each name is imported when it is first used: a command needs a few of them, and most are slow.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ironclad.adapters.experiments.reader import smallest_fault as smallest_fault
    from ironclad.adapters.runs.reports import demand_same as demand_same
    from ironclad.adapters.runs.reports import judge_again as judge_again
    from ironclad.wiring.clusters import current_context as current_context
    from ironclad.wiring.clusters import differ as differ
    from ironclad.wiring.clusters import remember_cluster as remember_cluster
    from ironclad.wiring.clusters import rendered as rendered
    from ironclad.wiring.clusters import start_minikube as start_minikube
    from ironclad.wiring.deployments import last_net as last_net
    from ironclad.wiring.deployments import listed as listed
    from ironclad.wiring.deployments import listed_for_pool as listed_for_pool
    from ironclad.wiring.experiments import Past as Past
    from ironclad.wiring.experiments import experiment as experiment
    from ironclad.wiring.experiments import experiment_names as experiment_names
    from ironclad.wiring.experiments import flaws as flaws
    from ironclad.wiring.experiments import history as history
    from ironclad.wiring.experiments import past as past
    from ironclad.wiring.experiments import refusal as refusal
    from ironclad.wiring.experiments import write_experiment as write_experiment
    from ironclad.wiring.kept_settings import forget as forget
    from ironclad.wiring.kept_settings import keep as keep
    from ironclad.wiring.kept_settings import keep_named as keep_named
    from ironclad.wiring.kept_settings import keep_named_everywhere as keep_named_everywhere
    from ironclad.wiring.kept_settings import kept as kept
    from ironclad.wiring.listing import demand_known as demand_known
    from ironclad.wiring.listing import every_stack as every_stack
    from ironclad.wiring.listing import is_used as is_used
    from ironclad.wiring.listing import known_stacks as known_stacks
    from ironclad.wiring.objectives import RULES as RULES
    from ironclad.wiring.objectives import as_prometheus_rule as as_prometheus_rule
    from ironclad.wiring.objectives import deploy_gate as deploy_gate
    from ironclad.wiring.objectives import write_rules as write_rules
    from ironclad.wiring.platforms.local_tools import fetch_tools as fetch_tools
    from ironclad.wiring.platforms.opener import PORT_FORWARD as PORT_FORWARD
    from ironclad.wiring.platforms.opener import opener as opener
    from ironclad.wiring.prefect import ensure_prefect as ensure_prefect
    from ironclad.wiring.prefect import prefect_environment as prefect_environment
    from ironclad.wiring.prefect import prefect_login as prefect_login
    from ironclad.wiring.prefect import prefect_url as prefect_url
    from ironclad.wiring.review import review_budgets as review_budgets
    from ironclad.wiring.stack import abort as abort
    from ironclad.wiring.stack import end_halt as end_halt
    from ironclad.wiring.stack import halt as halt
    from ironclad.wiring.stack import halt_of as halt_of
    from ironclad.wiring.stack import held as held
    from ironclad.wiring.stack import janitor as janitor
    from ironclad.wiring.stack import janitor_place as janitor_place
    from ironclad.wiring.stack import open_toolbox as open_toolbox
    from ironclad.wiring.stack import person as person
    from ironclad.wiring.stack import plan as plan
    from ironclad.wiring.stack import sweeper as sweeper
    from ironclad.wiring.stack import take_down as take_down
    from ironclad.wiring.stack import take_everything_down as take_everything_down
    from ironclad.wiring.stack_overview import overview as overview
    from ironclad.wiring.target import ANY as ANY
    from ironclad.wiring.target import StackTarget as StackTarget
    from ironclad.wiring.target import images as images
    from ironclad.wiring.target import named as named
    from ironclad.wiring.turns import deploying as deploying
    from ironclad.wiring.turns import prefect_to_oneself as prefect_to_oneself
    from ironclad.wiring.turns import starting as starting

_HOMES = {
    "ironclad.adapters.experiments.reader": ("smallest_fault",),
    "ironclad.adapters.runs.reports": ("demand_same", "judge_again"),
    "ironclad.wiring.clusters": (
        *("current_context", "differ", "remember_cluster", "rendered", "start_minikube"),
    ),
    "ironclad.wiring.deployments": ("last_net", "listed", "listed_for_pool"),
    "ironclad.wiring.experiments": (
        "experiment",
        "experiment_names",
        "flaws",
        "history",
        "Past",
        "past",
        "refusal",
        "write_experiment",
    ),
    "ironclad.wiring.kept_settings": (
        "forget",
        "keep",
        "keep_named",
        "keep_named_everywhere",
        "kept",
    ),
    "ironclad.wiring.listing": ("demand_known", "every_stack", "is_used", "known_stacks"),
    "ironclad.wiring.platforms.local_tools": ("fetch_tools",),
    "ironclad.wiring.platforms.opener": ("PORT_FORWARD", "opener"),
    "ironclad.wiring.objectives": ("RULES", "as_prometheus_rule", "deploy_gate", "write_rules"),
    "ironclad.wiring.stack_overview": ("overview",),
    "ironclad.wiring.prefect": (
        *("ensure_prefect", "prefect_environment", "prefect_login", "prefect_url"),
    ),
    "ironclad.wiring.review": ("review_budgets",),
    "ironclad.wiring.stack": (
        *("abort", "end_halt", "halt", "halt_of"),
        *("held", "janitor", "janitor_place", "open_toolbox", "person", "plan", "sweeper"),
        *("take_down", "take_everything_down"),
    ),
    "ironclad.wiring.turns": ("deploying", "prefect_to_oneself", "starting"),
    "ironclad.wiring.target": ("ANY", "StackTarget", "images", "named"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}
__all__ = sorted(_HOME_OF)  # noqa: PLE0605


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    globals()[name] = value = getattr(import_module(_HOME_OF[name]), name)
    return value
