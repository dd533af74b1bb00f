"""One verb less in the runner's Role, and the plan names it before anything is touched."""

import pytest

from ironclad.domain.kubernetes.permissions import RUNNER, Permission
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.outlet import Outlet

EVERY = [(permission, verb) for permission in RUNNER for verb in permission.verbs]


@pytest.mark.parametrize(
    ("permission", "verb"), EVERY, ids=[f"{verb} {each.name}" for each, verb in EVERY]
)
async def test_each_verb_that_is_lacking_is_named_with_its_resource(
    outlet: Outlet, own: AskedCluster, permission: Permission, verb: str
) -> None:
    outlet.kube.refused.add((verb, permission.resource))

    missing = await own.platform(()).missing_permissions()

    named = {line.rpartition(" ")[2]: line.rpartition(" ")[0].split(", ") for line in missing}
    assert verb in named[permission.name]
    others = {name for name in named if not name.startswith(permission.resource)}
    assert not others


async def test_within_the_cluster_no_tunnel_is_asked_for(
    outlet: Outlet, own: AskedCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker reaches Services by their names, and its Role grants no port-forward."""
    outlet.kube.refused |= {("get", "services"), ("create", "pods/portforward")}
    missing = await own.platform(()).missing_permissions()
    assert missing == ("get services", "create pods/portforward")
    monkeypatch.setattr("ironclad.adapters.kubernetes.stage.platform.IN_CLUSTER", own.api.context)
    assert await own.platform(()).missing_permissions() == ()
