"""The shipped roles, held to a real API server's audit log: what is asked is granted, and used.

Do everything that there is to do as a ServiceAccount named like the role, then name the log:
`ironclad-deployer` (`up` with every parameter, `diff`, `check`, `urls`, `down --delete-data`),
`ironclad-runner` (a game day with each fault of the platform), and the stack's own `janitor` and
`ironclad-worker` (the same game days and the red switch, through Prefect).
"""

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ironclad.domain.kubernetes.permissions import (
    DEPLOYER,
    GAME_DAY,
    JANITOR,
    RUNNER,
    Permission,
)

pytestmark = pytest.mark.cluster

LOG = os.environ.get("IRONCLAD_TEST_AUDIT_LOG", "")
ROLES = {
    "ironclad-deployer": DEPLOYER,
    "ironclad-runner": RUNNER,
    "ironclad-worker": GAME_DAY,
    "janitor": JANITOR,
}

BESIDE = {"ironclad-deployer": RUNNER}
"""The machine's last net takes faults off with the kubeconfig of the deployer."""

EVERYBODY_MAY = frozenset({"selfsubjectaccessreviews", "selfsubjectreviews"})
CHANNELS = frozenset({"attach", "exec", "portforward"})
CREATED = 201


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """One verb on one object, as the audit log has it."""

    verb: str
    group: str
    resource: str
    part: str
    namespace: str
    name: str

    def is_covered_by(self, permission: Permission) -> bool:
        return (
            (self.group, self.resource, self.part)
            == (permission.group, permission.resource, permission.subresource)
            and self.verb in permission.verbs
            and permission.object_name in ("", self.name)
            and (bool(self.namespace) or not permission.namespaced)
        )


def verbs_of(event: Mapping[str, Any], part: str) -> Iterator[str]:
    """Some requests need a verb more than the log says.

    An apply that creates is authorized for `create` as well (`handlers/patch.go`), and since 1.35
    so is a web socket into a pod (`AuthorizePodWebsocketUpgradeCreatePermission`).
    """
    verb = str(event["verb"])
    yield verb
    is_made = verb == "patch" and event.get("responseStatus", {}).get("code") == CREATED
    if is_made or (verb == "get" and part in CHANNELS):
        yield "create"


def uses_of(account: str, lines: Iterator[str]) -> set[Use]:
    return {use for line in lines if account in line for use in _uses(account, json.loads(line))}


def _uses(account: str, event: Mapping[str, Any]) -> Iterator[Use]:
    thing = event.get("objectRef") or {}
    is_mine = event["user"]["username"].endswith(f":{account}")
    if not is_mine or not thing or thing["resource"] in EVERYBODY_MAY:
        return
    part = str(thing.get("subresource", ""))
    for verb in verbs_of(event, part):
        yield Use(
            verb=verb,
            group=str(thing.get("apiGroup", "")),
            resource=str(thing["resource"]),
            part=part,
            namespace=str(thing.get("namespace", "")),
            name=str(thing.get("name", "")),
        )


def asked_by(account: str) -> set[Use]:
    if not LOG:
        pytest.skip("IRONCLAD_TEST_AUDIT_LOG names no audit log")
    with Path(LOG).open(encoding="utf-8") as lines:
        uses = uses_of(account, lines)
    assert uses, f"{LOG} holds no request of {account}: a role that is not used is not proven"
    return uses


@pytest.mark.parametrize("account", ROLES)
def test_nothing_is_asked_that_the_role_does_not_grant(account: str) -> None:
    uses = asked_by(account)
    held = (*ROLES[account], *BESIDE.get(account, ()))
    beyond = [str(use) for use in sorted(uses) if not any(map(use.is_covered_by, held))]
    assert "\n".join(beyond) == ""


@pytest.mark.parametrize("account", ROLES)
def test_nothing_is_granted_that_is_never_asked(account: str) -> None:
    uses = asked_by(account)
    idle = [
        f"{verb} {permission.name} {permission.object_name}".rstrip()
        for permission in ROLES[account]
        for verb in permission.verbs
        if not any(use.verb == verb and use.is_covered_by(permission) for use in uses)
    ]
    assert "\n".join(idle) == ""
