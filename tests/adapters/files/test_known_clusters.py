"""A stack's flows go to the cluster that it was brought up in, whichever shell came last.

`up` with another KUBECONFIG used to restart the machine's one worker with it: scheduled game days
of every stack then went to that cluster.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from ironclad import settings as settings_module
from ironclad.adapters.files.known_clusters import EVERY_OTHER, KnownCluster, KnownClusters
from ironclad.domain.stack.platforms import KUBERNETES
from ironclad.domain.stack.stack import StackRef
from ironclad.settings import passed_on
from ironclad.wiring.clusters import FILE, known_cluster, remember_cluster
from ironclad.wiring.platforms.kubernetes_tools import _access
from ironclad.wiring.prefect import server
from ironclad.wiring.target import ANY, StackTarget

SHOP = StackRef(KUBERNETES, "shop")


@pytest.fixture
def shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.setenv("IRONCLAD_STATE", str(tmp_path / "state"))
    monkeypatch.chdir(tmp_path)
    for name in ("one", "other"):
        entry = {"cluster": name, "user": ""}
        config = {
            "current-context": name,
            "clusters": [{"name": name, "cluster": {"server": "http://127.0.0.1:1"}}],
            "contexts": [{"name": name, "context": entry}],
        }
        (tmp_path / name).write_text(yaml.safe_dump(config))
    yield monkeypatch
    settings_module.settings.cache_clear()


def in_shell(shell: pytest.MonkeyPatch, kubeconfig: str) -> None:
    shell.setenv("KUBECONFIG", kubeconfig)
    settings_module.settings.cache_clear()


def in_worker(shell: pytest.MonkeyPatch, tmp_path: Path) -> None:
    in_shell(shell, "other")
    shell.setenv("IRONCLAD_CLUSTERS", str(tmp_path / "state" / FILE))


def test_a_flow_goes_where_its_stack_was_brought_up(
    shell: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    in_shell(shell, "one")
    assert remember_cluster("shop") == ""
    in_worker(shell, tmp_path)
    access = _access(SHOP, ANY)
    assert (access.kubeconfig, access.context) == (str(tmp_path / "one"), "one")


def test_a_stack_that_was_never_brought_up_here_goes_where_prefect_was_started(
    shell: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    in_shell(shell, "one")
    remember_cluster()
    in_worker(shell, tmp_path)
    assert _access(SHOP, ANY).context == "one"


def test_credentials_that_a_flow_is_given_come_first(
    shell: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    in_shell(shell, "one")
    remember_cluster("shop")
    in_worker(shell, tmp_path)
    block = {"current-context": "block"}
    assert _access(SHOP, StackTarget(kubeconfig=block)).content == block


def test_a_command_goes_where_its_own_shell_says(shell: pytest.MonkeyPatch) -> None:
    in_shell(shell, "one")
    remember_cluster("shop")
    in_shell(shell, "other")
    assert known_cluster("shop") is None
    assert _access(SHOP, ANY).kubeconfig == "other"


def test_a_stack_that_moves_is_reported_with_both_clusters(
    shell: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    in_shell(shell, "one")
    remember_cluster("shop")
    assert remember_cluster("shop") == ""
    in_shell(shell, "other")
    assert remember_cluster("shop") == (
        f"flow runs of kubernetes/shop go to context other ({tmp_path}/other) from now on;"
        f" they went to context one ({tmp_path}/one)"
    )
    assert remember_cluster() == ""


@pytest.mark.parametrize("kubeconfig", ["", "absent"])
def test_a_shell_without_a_cluster_changes_nothing(
    shell: pytest.MonkeyPatch, tmp_path: Path, kubeconfig: str
) -> None:
    in_shell(shell, kubeconfig)
    assert remember_cluster("shop") == ""
    assert not (tmp_path / "state" / FILE).exists()


def test_the_workers_environment_names_no_cluster(shell: pytest.MonkeyPatch) -> None:
    shell.setenv("IRONCLAD_CONTEXT", "one")
    in_shell(shell, "one")
    assert {"KUBECONFIG", "IRONCLAD_KUBECONFIG", "IRONCLAD_CONTEXT"}.isdisjoint(passed_on())
    first = server()._environment  # noqa: SLF001 - what a restart of the worker depends on
    in_shell(shell, "other")
    assert server()._environment == first  # noqa: SLF001
    assert first["IRONCLAD_CLUSTERS"].endswith(f"/{FILE}")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"shop": 1}', '{"shop": {"context": "x"}}'])
def test_a_damaged_record_is_none_and_is_written_anew(tmp_path: Path, text: str) -> None:
    file = tmp_path / FILE
    file.write_text(text)
    clusters, cluster = KnownClusters(file), KnownCluster("/config", "one")
    assert clusters.of("shop") is None
    assert clusters.keep(EVERY_OTHER, cluster) is None
    assert clusters.of("shop") == cluster
