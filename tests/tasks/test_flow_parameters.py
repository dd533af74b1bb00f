"""Every parameter of every flow refuses what it cannot use, before a task begins."""

import inspect
import math
from collections.abc import Iterator
from typing import Any

import pytest
from prefect.exceptions import ParameterTypeError
from prefect.flows import Flow, load_flow_from_entrypoint
from prefect.utilities.callables import parameter_schema

from ironclad import wiring
from ironclad.domain.stack.platforms import PLATFORMS, PlatformName
from ironclad.errors import BadInputError
from tests.places import ROOT

FLOWS: tuple[Flow[..., Any], ...] = tuple(
    load_flow_from_entrypoint(f"{ROOT}/flows/{name}.py:{flow}", use_placeholder_flow=False)
    for name, flow in (
        ("deploy_stack", "deploy_stack"),
        ("disarm_faults", "disarm_faults"),
        ("halt_game_days", "halt_game_days"),
        ("review_error_budget", "review_error_budget"),
        ("run_game_day", "game_day"),
        ("tear_down_stack", "tear_down_stack"),
    )
)

NO_SWITCH = ("perhaps", 2)
NO_WORDS = ("x" * 501, 7)
WRONG: dict[str, tuple[Any, ...]] = {
    "answer_within_minutes": (-5, 0, math.nan, math.inf, 1441, "soon"),
    "ask_first": NO_SWITCH,
    "credentials_block": ("", "../x", "x" * 101, "Has Spaces"),
    "delete_data": NO_SWITCH,
    "force": NO_SWITCH,
    "halted": NO_SWITCH,
    "ignore_budget": NO_SWITCH,
    "ignore_freeze": NO_SWITCH,
    "kubernetes": (
        {"no-such-group": {}},
        {"namespace": "kube-system"},
        {"api_server": {"port": -5}},
        {"api_server": {"cidr": "nowhere"}},
        {"backend": {"replicas": 0}},
        {"backend": {"replicas": 3, "max_replicas": 2}},
        {"backend": {"min_available": -5}},
        {"quota": {"pods": -5}},
        {"ironclad": {"work_pool": ""}},
    ),
    "late_after_minutes": (-5, math.nan, math.inf, 10081, "soon"),
    "platform": ("mars", ""),
    "reason": NO_WORDS,
    "recreate": ("perhaps", 3),
    "stack": ("../x", "", "UPPER", "x" * 41, "a/b", "a\n"),
    "stages": ((), ("attic",), "namespace"),
    "wait_for_stack_minutes": (-5, math.nan, math.inf, 10081, "soon"),
    "why": NO_WORDS,
}
CHECKED_BY_THE_FLOW = {"experiment"}
"""A name is looked up in a folder that the server does not see."""


def wrong() -> Iterator[Any]:
    """Walk every parameter of every flow; one that several declare alike is walked once."""
    walked: set[tuple[str, str]] = set()
    for flow in FLOWS:
        for name, declared in inspect.signature(flow.fn).parameters.items():
            if (name, str(declared)) in walked:
                continue
            walked.add((name, str(declared)))
            for value in WRONG.get(name, ()):
                yield pytest.param(flow, name, value, id=f"{flow.name} {name} {value!r:.40}")


def test_no_parameter_is_left_out() -> None:
    known = {name for flow in FLOWS for name in parameter_schema(flow.fn).properties}
    assert known == WRONG.keys() | CHECKED_BY_THE_FLOW


def test_every_flow_is_walked() -> None:
    assert len(FLOWS) == len([*ROOT.glob("flows/*.py")]) - 1


@pytest.mark.parametrize(("flow", "name", "value"), list(wrong()))
def test_what_it_cannot_use_is_refused_by_its_name(
    flow: Flow[..., Any], name: str, value: Any
) -> None:
    """`late_after_minutes=-5` was accepted, and a stack's name was not looked at as the CLI's."""
    with pytest.raises(ParameterTypeError, match=rf" - {name}"):
        flow.validate_parameters({name: value})


def test_an_experiment_is_chosen_from_those_that_there_are_or_named_by_its_path() -> None:
    flow = next(each for each in FLOWS if each.name == "game-day")
    choice, path = parameter_schema(flow.fn).properties["experiment"]["anyOf"]
    assert tuple(choice["enum"]) == wiring.experiment_names()
    assert path["pattern"] == r"\.ya?ml$"


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_name_that_could_not_be_a_folder_names_no_stack(platform: PlatformName) -> None:
    with pytest.raises(BadInputError, match=r"'\.\./x' is not a stack name; use at most 40"):
        wiring.named(platform, "../x")
