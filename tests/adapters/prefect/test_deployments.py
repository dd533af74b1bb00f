"""Which entries of `prefect.yaml` are registered for whom."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ironclad import wiring
from ironclad.adapters.files.known_clusters import EVERY_OTHER, KnownCluster, KnownClusters
from ironclad.adapters.prefect.deployments import read_deployments
from ironclad.domain.stack.platforms import KUBERNETES, LOCAL
from ironclad.settings import PROJECT, settings
from ironclad.wiring.clusters import FILE
from ironclad.wiring.deployments import Listed


def names(listed: Listed) -> list[str]:
    return [f"{each['entrypoint'].split(':')[1]}/{each['name']}" for each in listed.entries]


def test_this_machine_registers_nothing_that_needs_a_cluster() -> None:
    listed = wiring.listed(LOCAL)

    assert "game_day/error-burst-local" in names(listed)
    assert not any("kubernetes" in each["tags"] for each in listed.entries)


def test_a_pool_of_its_own_gets_the_deployments_of_a_cluster_for_one_stack() -> None:
    listed = wiring.listed_for_pool("cluster", "orders")

    assert names(listed) == names(wiring.listed(KUBERNETES))
    assert {each["work_pool"]["name"] for each in listed.entries} == {"cluster"}
    assert {each["parameters"]["stack"] for each in listed.entries} == {"orders"}


def test_a_stack_by_itself_gets_the_last_net_and_no_game_day_of_its_own() -> None:
    """`ironclad up` alone registered nothing, so that net was missing."""
    listed = wiring.last_net()

    assert names(listed) == ["disarm_faults/every-stack"]
    assert not listed.is_whole


def test_a_worker_finds_the_project_in_the_folder_that_registered_it() -> None:
    (step,) = read_deployments(PROJECT).pull
    assert [*step.values()] == [{"directory": str(PROJECT)}]


def test_an_installed_package_has_the_list_beside_its_flows(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    (tmp_path / "flows" / "prefect.yaml").write_text((PROJECT / "prefect.yaml").read_text())

    assert read_deployments(tmp_path).entries == read_deployments(PROJECT).entries


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("IRONCLAD_STATE", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def test_a_cluster_counts_as_used_once_a_game_day_was_run_there(state: Path) -> None:
    assert not wiring.is_used(KUBERNETES)
    (state / "_clusters" / "minikube" / "orders").mkdir(parents=True)
    assert wiring.is_used(KUBERNETES)


def test_a_cluster_counts_as_used_once_a_stack_was_brought_up_there(state: Path) -> None:
    known = KnownClusters(state / FILE)
    known.keep(EVERY_OTHER, KnownCluster("/a/kubeconfig", "minikube"))
    assert not wiring.is_used(KUBERNETES)
    known.keep("orders", KnownCluster("/a/kubeconfig", "minikube"))
    assert wiring.is_used(KUBERNETES)


def test_the_last_net_knows_every_stack_here_and_open_game_days_in_clusters(state: Path) -> None:
    for name in ("demo", "other"):
        (state / name).mkdir()
        (state / name / "supervisord.conf").touch()
    for name in ("orders", "idle"):
        (state / "_clusters" / "minikube" / name / "runs").mkdir(parents=True)
    (state / "_clusters" / "minikube" / "orders" / "runs" / "run-1.json").touch()

    assert [str(ref) for ref in wiring.known_stacks()] == [
        "local/demo",
        "local/other",
        "kubernetes/orders",
    ]
