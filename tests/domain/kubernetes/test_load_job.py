"""The Job that sends the load: bounded in time, without rights, its orders on standard input."""

from datetime import timedelta
from typing import Any

from ironclad.domain.experiment.experiment import Load, Mix
from ironclad.domain.experiment.pacer import Constant
from ironclad.domain.kubernetes.load_job import (
    COLLECT_WITHIN_SECONDS,
    LoadJobSettings,
    job_name,
    load_job,
)
from ironclad.domain.load.load import LoadOrder

ORDER = LoadOrder(
    run="20261123T060000Z-error-burst-ab12",
    url="http://elsewhere",
    load=Load(pacer=Constant(100.0), mix=Mix(), timeout=timedelta(seconds=2)),
    duration_seconds=135,
    lease_seconds=6,
)
SETTINGS = LoadJobSettings(
    namespace="demo", image="ironclad:1", service_url="http://backend:3000", pull_secret="pull"
)


def pod() -> dict[str, Any]:
    spec: dict[str, Any] = load_job(ORDER, SETTINGS)["spec"]["template"]["spec"]
    return spec


def test_it_ends_by_its_deadline_and_is_never_tried_again() -> None:
    spec = load_job(ORDER, SETTINGS)["spec"]
    assert spec["backoffLimit"] == 0
    assert spec["activeDeadlineSeconds"] == 135 + 2 + 6 + COLLECT_WITHIN_SECONDS + 60
    assert pod()["restartPolicy"] == "Never"


def test_its_standard_input_outlives_a_broken_connection() -> None:
    (container,) = pod()["containers"]
    assert container["stdin"] is True
    assert "stdinOnce" not in container


def test_it_passes_the_restricted_pod_security_standard() -> None:
    (container,) = pod()["containers"]
    assert pod()["securityContext"]["runAsNonRoot"] is True
    assert pod()["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"]["allowPrivilegeEscalation"] is False
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert pod()["automountServiceAccountToken"] is False


def test_its_pod_carries_the_label_that_the_network_policy_lets_out() -> None:
    job = load_job(ORDER, SETTINGS)
    assert job["spec"]["template"]["metadata"]["labels"]["app"] == "load"
    assert pod()["imagePullSecrets"] == [{"name": "pull"}]


def test_its_name_is_short_and_the_same_for_the_same_run() -> None:
    assert job_name(ORDER) == job_name(ORDER)
    assert len(job_name(ORDER)) == 15
