"""Roles as sets of grants: enough for the tables of `permissions`, and not a verb more."""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from itertools import product
from typing import Any

import pytest
import yaml

from ironclad.adapters.manifests import objects
from ironclad.domain.kubernetes.parameter_keys import read_pairs
from ironclad.domain.kubernetes.permissions import DEPLOYER, RUNNER, Permission
from ironclad.domain.stack import STAGES

pytestmark = pytest.mark.data

Grant = tuple[str, str, str]
"""API group, resource with its subresource, verb; a URL stands as a resource of no group."""

CHAOS_SECRET: Grant = ("", "secrets", "get")


def granted(rules: Iterable[Mapping[str, Any]]) -> set[Grant]:
    found: set[Grant] = set()
    for rule in rules:
        resources = rule.get("resources") or rule["nonResourceURLs"]
        found |= set(product(rule.get("apiGroups", ("",)), resources, rule["verbs"]))
    return found


def asked(table: Iterable[Permission]) -> set[Grant]:
    return {
        (each.group, f"{each.resource}/{each.subresource}".rstrip("/"), verb)
        for each in table
        for verb in each.verbs
    }


def roles() -> dict[str, list[dict[str, Any]]]:
    parameters = read_pairs(("ironclad.prefect_api_url=http://prefect:4200/api",))
    return {
        item["metadata"]["name"]: item["rules"]
        for stage in STAGES
        for item in objects(stage, parameters)
        if item["kind"] in {"Role", "ClusterRole"}
    }


def deployer() -> set[Grant]:
    text = (files("manifests") / "access" / "deployer-clusterrole.yaml").read_text()
    return granted(yaml.safe_load(text)["rules"])


def test_the_runner_may_do_exactly_what_game_days_do() -> None:
    assert granted(roles()["ironclad-runner"]) == asked(RUNNER) | {CHAOS_SECRET}


@pytest.mark.parametrize("name", ["ironclad-runner", "janitor"])
def test_of_all_secrets_those_who_take_faults_off_read_one(name: str) -> None:
    rules = [rule for rule in roles()[name] if "secrets" in rule["resources"]]
    assert [rule["resourceNames"] for rule in rules] == [["chaos-secret"]]


def test_the_janitor_may_do_no_more_than_the_runner() -> None:
    assert granted(roles()["janitor"]) <= granted(roles()["ironclad-runner"])


def test_the_deployer_may_do_all_that_deploying_needs() -> None:
    assert asked(DEPLOYER) - deployer() == set()


@pytest.mark.parametrize("name", sorted(roles()))
def test_the_deployer_holds_what_it_grants(name: str) -> None:
    """Else the API server refuses to let it create the role."""
    assert granted(roles()[name]) - deployer() == set()


def test_nobody_holds_a_wildcard_or_a_way_to_more() -> None:
    for rules in (*roles().values(),):
        assert not {"*", "escalate", "bind", "impersonate"} & {v for _, _, v in granted(rules)}
        assert not {"*", "nodes/proxy"} & {r for _, r, _ in granted(rules)}
    assert not {"*", "escalate", "bind", "impersonate"} & {v for _, _, v in deployer()}


def test_prometheus_reads_what_the_contract_lists() -> None:
    reads = {"nodes", "nodes/metrics", "services", "endpoints", "pods"}
    expected = {("", what, verb) for what in reads for verb in ("get", "list", "watch")}
    assert granted(roles()["ironclad-demo-prometheus"]) == expected | {("", "/metrics", "get")}
