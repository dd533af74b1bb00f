"""Roles as sets of grants: exactly the tables of `permissions`, and not a verb more.

That the tables are what is really asked is tried on a real API server (`tests/cluster`).
"""

from collections.abc import Iterable, Mapping
from importlib.resources import files
from typing import Any

import pytest
import yaml

from ironclad.adapters.manifests.objects import objects
from ironclad.domain.kubernetes.parameters.keys import read_pairs
from ironclad.domain.kubernetes.permissions import (
    DEPLOYER,
    GAME_DAY,
    JANITOR,
    RUNNER,
    Permission,
    granted_by,
)
from ironclad.domain.stack.stack import STAGES

pytestmark = pytest.mark.data

Grant = tuple[str, str, str]
"""API group, resource with its subresource, verb; a URL stands as a resource of no group."""


def granted(rules: Iterable[Mapping[str, Any]]) -> set[Grant]:
    return asked(granted_by({"kind": "Role", "rules": rules}))


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
    assert granted(roles()["ironclad-runner"]) == asked(RUNNER)


def test_the_worker_may_do_exactly_what_game_days_do_from_within() -> None:
    assert granted(roles()["ironclad-worker"]) == asked(GAME_DAY)


def test_the_runners_role_is_there_without_a_worker_and_without_a_binding() -> None:
    """Who runs game days from outside binds it, and most stacks have no worker."""
    found = [item for stage in STAGES for item in objects(stage, read_pairs(()))]
    names = {item["metadata"]["name"] for item in found if item["kind"] == "Role"}
    assert names == {"ironclad-runner", "janitor", "kube-state-metrics"}
    bound = {item["roleRef"]["name"] for item in found if item["kind"] == "RoleBinding"}
    assert "ironclad-runner" not in bound


def test_the_janitor_may_do_exactly_what_taking_faults_off_needs() -> None:
    assert granted(roles()["janitor"]) == asked(JANITOR)


@pytest.mark.parametrize(
    ("name", "table"),
    [("ironclad-runner", RUNNER), ("ironclad-worker", GAME_DAY), ("janitor", JANITOR)],
)
def test_an_object_that_a_table_names_is_named_in_the_role(
    name: str, table: tuple[Permission, ...]
) -> None:
    held = granted_by({"kind": "Role", "rules": roles()[name]})
    assert set(map(_about, held)) == set(map(_about, table))


def _about(permission: Permission) -> tuple[str, str]:
    return permission.name, permission.object_name


@pytest.mark.parametrize("name", ["ironclad-runner", "ironclad-worker", "janitor"])
def test_of_all_secrets_those_who_take_faults_off_read_one(name: str) -> None:
    rules = [rule for rule in roles()[name] if "secrets" in rule["resources"]]
    assert [rule["resourceNames"] for rule in rules] == [["chaos-secret"]]


def test_the_janitor_may_do_no_more_than_the_worker() -> None:
    assert granted(roles()["janitor"]) <= granted(roles()["ironclad-worker"])


def test_the_deployer_may_do_exactly_what_deploying_does_and_what_it_grants() -> None:
    """Else the API server refuses to let it create the roles.

    A role that lacked `list` and `watch` of namespaces could not deploy, while `check` was content.
    """
    grants = {grant for rules in roles().values() for grant in granted(rules)}
    assert deployer() == asked(DEPLOYER) | grants


def test_a_table_names_no_verb_twice() -> None:
    for table in (DEPLOYER, GAME_DAY, RUNNER, JANITOR):
        pairs = [(p.name, p.object_name, p.namespaced, verb) for p in table for verb in p.verbs]
        assert len(pairs) == len(set(pairs))


def test_no_role_has_a_wildcard_or_can_get_more() -> None:
    for rules in (*roles().values(),):
        assert not {"*", "escalate", "bind", "impersonate"} & {v for _, _, v in granted(rules)}
        assert not {"*", "nodes/proxy"} & {r for _, r, _ in granted(rules)}
    assert not {"*", "escalate", "bind", "impersonate"} & {v for _, _, v in deployer()}


def test_prometheus_reads_what_the_contract_lists() -> None:
    reads = {"nodes", "nodes/metrics", "services", "endpoints", "pods"}
    expected = {("", what, verb) for what in reads for verb in ("get", "list", "watch")}
    assert granted(roles()["ironclad-demo-prometheus"]) == expected | {("", "/metrics", "get")}
