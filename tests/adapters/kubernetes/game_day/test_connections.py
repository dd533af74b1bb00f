"""What network policies forbid is tried from the load's own pod; over the fake."""

import json
import socket
import subprocess
import sys

import pytest

from ironclad.adapters.kubernetes.game_day.connection_trial import DATABASE, PROGRAM, LoadPodTrial
from ironclad.domain.kubernetes.load_job import job_name_of
from ironclad.errors import IroncladError
from tests.fakes.kube.asked import AskedCluster
from tests.fakes.kube.channels import Ending
from tests.fakes.kube.outlet import Outlet

SERVICE = "backend:3000"
COMMAND = ("python", "-c", PROGRAM, SERVICE, DATABASE)


def put_load(outlet: Outlet, phase: str = "Running") -> None:
    labels = {"job-name": job_name_of("run-1")}
    outlet.kube.put(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": "load-1", "namespace": "demo", "labels": labels},
            "spec": {"containers": [{"name": "load"}]},
            "status": {"phase": phase},
        }
    )


async def test_each_connection_has_its_answer(outlet: Outlet, own: AskedCluster) -> None:
    put_load(outlet)
    outlet.kube.channels.endings[COMMAND] = Ending(b"[true, false]\n")
    tried = await LoadPodTrial(own.api, "demo", SERVICE).tried("run-1")
    found = {(one.label("policy"), one.label("to"), one.samples[0].value) for one in tried}
    assert found == {("allowed", SERVICE, 1.0), ("forbidden", DATABASE, 0.0)}


FAILURES = {
    "no load": ("Succeeded", Ending(b"[true, false]"), "no pod sends the load"),
    "no Python": ("Running", Ending(b"", b"python: not found", 127), "python: not found"),
    "another answer": ("Running", Ending(b"[true]"), "could not say what it can reach"),
}


@pytest.mark.parametrize(("phase", "ending", "said"), FAILURES.values(), ids=FAILURES.keys())
async def test_what_keeps_it_from_trying_is_one_sentence(
    outlet: Outlet, own: AskedCluster, phase: str, ending: Ending, said: str
) -> None:
    put_load(outlet, phase)
    outlet.kube.channels.endings[COMMAND] = ending
    with pytest.raises(IroncladError, match=said) as failed:
        await LoadPodTrial(own.api, "demo", SERVICE).tried("run-1")
    assert "\n" not in str(failed.value)


def test_the_program_tells_what_it_reaches_from_what_it_does_not() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))  # bound and not listening: refused at once
        addresses = [f"127.0.0.1:{one.getsockname()[1]}" for one in (server, closed)]
        said = subprocess.run(  # noqa: S603 - our own program
            [sys.executable, "-c", PROGRAM, *addresses], capture_output=True, check=True
        )
    assert json.loads(said.stdout) == [True, False]


def test_a_name_without_an_address_is_no_denial() -> None:
    said = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", PROGRAM, "database.invalid:5432"],
        env={"RES_OPTIONS": "attempts:1 timeout:1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (said.returncode, said.stdout) == (1, "")
    assert "database.invalid has no address: " in said.stderr
    assert said.stderr.count("\n") == 1
