"""What parameters make of the packaged objects, stage by stage."""

from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from ironclad.adapters.manifests.files import packaged_texts
from ironclad.adapters.manifests.objects import initial_replicas, objects, render, stack_spec
from ironclad.domain.kubernetes.kube_object import KubeObject, ObjectRef, labels, ref_of, spec
from ironclad.domain.kubernetes.parameters.keys import read_pairs
from ironclad.domain.kubernetes.rules_version import read_versions, wanted_version
from ironclad.domain.stack.stack import STAGES, Stage

EXISTING = (
    "monitoring=existing",
    "monitoring.prometheus.url=http://prometheus.far:9090",
    "monitoring.alertmanager.url=https://alertmanager.far",
)


def stack(*pairs: str) -> dict[str, KubeObject]:
    parameters = read_pairs(pairs)
    return {str(ref_of(o)): o for stage in STAGES for o in objects(stage, parameters)}


def pod(item: KubeObject) -> Mapping[str, Any]:
    found: Mapping[str, Any] = spec(item)["template"]["spec"]
    return found


def config_hash(item: KubeObject) -> str:
    return str(spec(item)["template"]["metadata"]["annotations"]["ironclad.dev/config-hash"])


def test_the_fixed_names_are_there() -> None:
    names = set(stack())
    assert {
        "Namespace/ironclad-demo",
        "StatefulSet/postgres",
        "Service/postgres",
        "Deployment/backend",
        "Service/backend",
        "HorizontalPodAutoscaler/backend-hpa",
        "PodDisruptionBudget/backend-pdb",
        "NetworkPolicy/backend-netpol",
        "ConfigMap/prometheus-config",
        "ConfigMap/grafana-datasources",
        "Service/prometheus",
        "Service/grafana",
        "Service/alertmanager",
        "ClusterRole/ironclad-demo-prometheus",
    } <= names


def test_no_secret_is_ever_applied() -> None:
    assert objects(Stage.SECRET, read_pairs(())) == ()
    assert "kind: Secret\n" not in render(read_pairs(()))


def test_two_stacks_share_no_cluster_scoped_name_and_no_namespace() -> None:
    first, second = stack("namespace=one"), stack("namespace=two")
    refs = ({ref_of(o) for o in found.values()} for found in (first, second))
    assert not set.intersection(*refs)
    assert "ironclad-demo" not in render(read_pairs(("namespace=one",)))


def test_every_object_carries_the_labels_by_which_it_is_known() -> None:
    for name, item in stack().items():
        assert {
            "app.kubernetes.io/name",
            "app.kubernetes.io/component",
            "app.kubernetes.io/part-of",
            "app.kubernetes.io/instance",
            "app.kubernetes.io/managed-by",
            "ironclad.dev/stage",
        } <= {*labels(item)}, name


def test_what_others_need_comes_first() -> None:
    for stage in STAGES:
        kinds = [str(item["kind"]) for item in objects(stage, read_pairs(()))]
        workloads = [i for i, kind in enumerate(kinds) if kind in {"Deployment", "StatefulSet"}]
        needed = [
            i
            for i, kind in enumerate(kinds)
            if kind in {"ConfigMap", "ServiceAccount", "Namespace"}
        ]
        assert not workloads or not needed or max(needed) < min(workloads)


def test_the_autoscaler_owns_the_number_of_replicas() -> None:
    assert "replicas" not in spec(stack()["Deployment/backend"])
    assert initial_replicas(read_pairs(())) == {"backend": 3}


def test_without_an_autoscaler_the_number_is_ours() -> None:
    found = stack("backend.autoscaling=off", "backend.replicas=2")
    assert spec(found["Deployment/backend"])["replicas"] == 2
    assert "HorizontalPodAutoscaler/backend-hpa" not in found
    assert initial_replicas(read_pairs(("backend.autoscaling=off",))) == {}


def test_the_autoscaler_takes_its_bounds_from_the_parameters() -> None:
    hpa = spec(
        stack("backend.replicas=4", "backend.target_cpu_ratio=0.55")[
            "HorizontalPodAutoscaler/backend-hpa"
        ]
    )
    assert (hpa["minReplicas"], hpa["maxReplicas"]) == (4, 10)
    assert hpa["metrics"][0]["resource"]["target"]["averageUtilization"] == 55


@pytest.mark.parametrize(
    ("pairs", "expected"),
    [
        ((), 2),
        (("backend.replicas=1",), 0),
        (("backend.replicas=2",), 1),
        (("backend.replicas=8", "backend.min_available=6"), 6),
    ],
)
def test_a_budget_never_stops_every_eviction(pairs: tuple[str, ...], expected: int) -> None:
    assert spec(stack(*pairs)["PodDisruptionBudget/backend-pdb"])["minAvailable"] == expected


def test_amounts_and_images_reach_every_container_of_the_backend() -> None:
    found = pod(
        stack("backend.image=reg.local/b@sha256:" + "0" * 64, "backend.requests.cpu=100m")[
            "Deployment/backend"
        ]
    )
    for container in (*found["initContainers"], *found["containers"]):
        assert container["image"].startswith("reg.local/b@sha256:")
        assert container["resources"]["requests"] == {"cpu": "100m", "memory": "512Mi"}
        assert container["resources"]["limits"] == {"cpu": "1", "memory": "1Gi"}


def test_storage_takes_its_size_and_class() -> None:
    found = stack("postgres.storage.size=5Gi", "postgres.storage.class=fast")
    (claim,) = spec(found["StatefulSet/postgres"])["volumeClaimTemplates"]
    assert claim["metadata"]["name"] == "postgres-storage"
    assert claim["spec"]["storageClassName"] == "fast"
    assert claim["spec"]["resources"]["requests"] == {"storage": "5Gi"}


def test_without_a_class_the_cluster_chooses() -> None:
    (claim,) = spec(stack()["StatefulSet/postgres"])["volumeClaimTemplates"]
    assert "storageClassName" not in claim["spec"]


def test_a_changed_setting_changes_the_pod_template_that_reads_it() -> None:
    before, after = stack(), stack("backend.otlp_endpoint=http://collector:4318")
    assert config_hash(before["Deployment/backend"]) != config_hash(after["Deployment/backend"])
    assert config_hash(before["Deployment/grafana"]) == config_hash(after["Deployment/grafana"])


def test_changed_rules_roll_nothing_out_and_bring_their_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """They restarted Prometheus, and a restart leaves a gap in what it scrapes."""
    before = stack()

    def other(folder: str) -> dict[str, str]:
        return {name: f"{text}# changed\n" for name, text in packaged_texts(folder).items()}

    monkeypatch.setattr("ironclad.adapters.manifests.objects.packaged_texts", other)
    objects.cache_clear()
    after = stack()
    objects.cache_clear()

    rules = before["ConfigMap/prometheus-rules"], after["ConfigMap/prometheus-rules"]
    versions = [wanted_version([each]) for each in rules]
    assert versions[0] != versions[1]
    for version, item in zip(versions, rules, strict=True):
        assert read_versions(yaml_groups(item["data"]["version.yml"])) == {version}
    hashes = {config_hash(each["StatefulSet/prometheus"]) for each in (before, after)}
    assert len(hashes) == 1


def yaml_groups(text: str) -> Any:
    """Name a rule as Prometheus' API does."""
    groups = yaml.safe_load(text)["groups"]
    return [{"rules": [{**r, "name": r["record"]} for r in each["rules"]]} for each in groups]


def test_a_changed_scrape_interval_still_restarts_prometheus() -> None:
    """Its own configuration is read at its start alone: it is mounted as a single file."""
    before, after = stack(), stack("monitoring.scrape_interval=10s")
    statefuls = (before["StatefulSet/prometheus"], after["StatefulSet/prometheus"])
    assert config_hash(statefuls[0]) != config_hash(statefuls[1])


def test_the_same_parameters_give_the_same_objects() -> None:
    assert stack() == stack()


def test_a_quota_and_an_ingress_come_only_when_asked_for() -> None:
    optional = {"ResourceQuota/ironclad-quota", "LimitRange/ironclad-limits", "Ingress/backend"}
    assert not optional & set(stack())
    assert optional <= set(stack("quota=on", "backend.ingress.host=orders.local"))


def test_an_ingress_publishes_the_orders_alone() -> None:
    ingress = spec(
        stack(
            "backend.ingress.host=orders.local",
            "backend.ingress.tls_secret=orders-tls",
            "backend.ingress.class=nginx",
        )["Ingress/backend"]
    )
    (rule,) = ingress["rules"]
    assert [path["path"] for path in rule["http"]["paths"]] == ["/api/orders"]
    assert rule["host"] == "orders.local"
    assert ingress["tls"] == [{"hosts": ["orders.local"], "secretName": "orders-tls"}]
    assert ingress["ingressClassName"] == "nginx"


def test_a_pull_secret_reaches_every_pod() -> None:
    for name, item in stack("pull_secret=registry").items():
        if "template" in spec(item):
            assert pod(item)["imagePullSecrets"] == [{"name": "registry"}], name


def test_existing_monitoring_takes_the_place_of_ours() -> None:
    found = stack(*EXISTING)
    workloads = {name for name in found if name.startswith(("Deployment/", "StatefulSet/"))}
    assert workloads == {
        "StatefulSet/postgres",
        "Deployment/backend",
        "Deployment/janitor",
        "Deployment/postgres-exporter",
    }
    assert not [name for name in found if name.startswith("ClusterRole")]
    assert stack_spec(read_pairs(EXISTING)).elsewhere == {
        "prometheus": "http://prometheus.far:9090",
        "alertmanager": "https://alertmanager.far",
    }


def test_a_worker_comes_with_a_prefect_api() -> None:
    found = stack("ironclad.prefect_api_url=http://prefect:4200/api", "ironclad.work_pool=night")
    assert "Deployment/ironclad-worker" not in stack()
    assert "night" in pod(found["Deployment/ironclad-worker"])["containers"][0]["command"]
    assert (
        found["ConfigMap/ironclad-worker-config"]["data"]["PREFECT_API_URL"]
        == "http://prefect:4200/api"
    )


def test_prometheus_looks_after_this_namespace_at_the_given_pace() -> None:
    found = stack("namespace=shop", "monitoring.scrape_interval=5s", "monitoring.nodes_proxy=on")
    config = yaml.safe_load(found["ConfigMap/prometheus-config"]["data"]["prometheus.yml"])
    (kubelet,) = (job for job in config["scrape_configs"] if job["job_name"] == "kubelet-cadvisor")
    assert config["global"]["scrape_interval"] == "5s"
    assert kubelet["metric_relabel_configs"][0]["regex"] == "shop"
    assert kubelet["relabel_configs"][-1]["replacement"].startswith("/api/v1/nodes/")


@pytest.mark.parametrize("asked", ["off", "on"])
def test_the_permission_that_allows_exec_is_an_opt_in(asked: str) -> None:
    role = stack(f"monitoring.nodes_proxy={asked}")["ClusterRole/ironclad-demo-prometheus"]
    assert ("nodes/proxy" in role["rules"][0]["resources"]) is (asked == "on")


def test_bindings_name_the_role_and_the_account_of_their_own_stack() -> None:
    found = stack("namespace=shop")
    binding = found["ClusterRoleBinding/shop-prometheus"]
    assert binding["roleRef"]["name"] == "shop-prometheus"
    assert [subject["namespace"] for subject in binding["subjects"]] == ["shop"]


def test_a_rendered_stack_reads_back_as_the_same_objects() -> None:
    parameters = read_pairs(("namespace=shop",))
    wanted = [item for stage in STAGES for item in objects(stage, parameters)]
    assert list(yaml.safe_load_all(render(parameters))) == wanted


def test_one_stage_can_be_rendered_alone() -> None:
    found = list(yaml.safe_load_all(render(read_pairs(()), (Stage.NAMESPACE,))))
    assert {item["kind"] for item in found} == {"Namespace", "NetworkPolicy"}


def test_the_stack_spec_has_all_that_the_platform_needs() -> None:
    target = stack_spec(read_pairs(("namespace=shop",)))
    assert target.namespace == "shop"
    assert {ref_of(item) for item in target.objects(Stage.NAMESPACE)} >= {
        ObjectRef("Namespace", "shop")
    }
    assert target.secrets[0].name == "postgres-secret"
