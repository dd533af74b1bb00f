"""The command line on a cluster: what it prints, and one sentence for each way not to get there."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from tests.fakes.kube.outlet import Outlet
from tests.fakes.stack.product import BIN

Ended = subprocess.CompletedProcess[str]


def ironclad(folder: Path, *arguments: str, **environment: str) -> Ended:
    given = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "IRONCLAD_STATE": str(folder / "state"),
        "KUBECONFIG": str(folder / "kubeconfig"),
    }
    where = () if arguments[0] == "diff" else ("--platform", "kubernetes")
    return subprocess.run(  # noqa: S603 - our own command
        [str(BIN / "ironclad"), *arguments, *where],
        cwd=folder,
        env={**given, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.fixture
def folder(tmp_path: Path, outlet: Outlet) -> Path:
    (tmp_path / "kubeconfig").write_text(yaml.safe_dump(outlet.kube.kubeconfig()))
    return tmp_path


def put_service(outlet: Outlet, name: str, **port: Any) -> None:
    meta = {"name": name, "namespace": "ironclad-demo"}
    spec = {"selector": {"app": name}, "ports": [{"port": 3000, **port}]}
    outlet.kube.put({"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": spec})


def test_urls_name_what_leads_in_and_offer_a_port_forward(folder: Path, outlet: Outlet) -> None:
    put_service(outlet, "backend", nodePort=30080)
    put_service(outlet, "grafana")
    address = {"addresses": [{"type": "InternalIP", "address": "192.0.2.7"}]}
    outlet.kube.put(
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "n"}, "status": address}
    )
    ended = ironclad(folder, "urls")
    command = "ironclad urls --open --platform kubernetes --stack ironclad-demo"
    assert ended.stdout.splitlines() == [
        "     backend  http://192.0.2.7:30080",
        "     grafana  port-forward",
        "     prefect  not up",
        f"port-forward: `{command}` opens them all",
    ]
    assert (
        json.loads(ironclad(folder, "urls", "--json").stdout)["urls"]["grafana"] == "port-forward"
    )


def test_a_stack_is_known_by_what_it_was_brought_up_with(folder: Path, outlet: Outlet) -> None:
    values = {"monitoring.source": "no such source"}
    meta = {"name": "ironclad-parameters", "namespace": "ironclad-demo"}
    data = {"parameters.json": json.dumps(values)}
    outlet.kube.put({"apiVersion": "v1", "kind": "ConfigMap", "metadata": meta, "data": data})
    ended = ironclad(folder, "status")
    assert "was brought up by another version of Ironclad" in ended.stderr
    assert "monitoring.source: 'no such source' is not own or existing" in ended.stderr


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({"KUBECONFIG": "none"}, "there is no kubeconfig at none"),
        ({"KUBECONFIG": ""}, "there is no kubeconfig, and this is no pod"),
        (
            {"IRONCLAD_CONTEXT": "far"},
            "holds no context 'far'; there are fake; choose one with IRONCLAD_CONTEXT",
        ),
    ],
    ids=["no such file", "no kubeconfig", "no such context"],
)
def test_an_access_that_is_not_there_is_reported_in_one_sentence(
    folder: Path, environment: dict[str, str], said: str
) -> None:
    ended = ironclad(folder, "status", **environment)
    assert ended.returncode == 2
    assert said in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_diff_prints_everything_and_ends_with_2_where_a_deploy_would_be_refused(
    folder: Path, outlet: Outlet
) -> None:
    """The difference goes to standard output, the reason to standard error."""
    outlet.kube.put(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ironclad-demo"}}
    )
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "backend"},
        "spec": {"selector": {"app": "shop"}},
    }
    path = "/api/v1/namespaces/ironclad-demo/services/backend?fieldManager=someone"
    headers = {"Authorization": "Bearer good", "Content-Type": "application/apply-patch+yaml"}
    httpx.patch(f"{outlet.kube.url}{path}", json=service, headers=headers).raise_for_status()
    ended = ironclad(folder, "diff", "--stage", "backend", COLUMNS="300")
    assert ended.returncode == 2
    assert '.spec.selector.app: "shop" → "backend" (owned by someone)' in ended.stdout
    assert "backend: + Deployment/backend" in ended.stdout
    assert "a deploy would be refused: context fake: Service/backend .spec.selector.app" in (
        ended.stderr
    )
    assert ironclad(folder, "diff", "--stage", "backend", "--force").returncode == 1
