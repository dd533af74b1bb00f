"""Parameters: every key reads back, wrong ones are refused with one sentence that helps."""

from datetime import timedelta

import pytest

from ironclad.domain.kubernetes.parameters.keys import (
    parameter_keys,
    read_kept,
    read_pairs,
    read_values,
    show_values,
)
from ironclad.domain.kubernetes.parameters.monitoring import MonitoringSource
from ironclad.domain.kubernetes.parameters.parameters import StackParameters
from ironclad.domain.kubernetes.parameters.quantity import amount


def test_nothing_set_is_the_default() -> None:
    assert read_pairs(()) == StackParameters()


def test_what_is_shown_reads_back() -> None:
    given = read_pairs(
        ("backend.requests.cpu=250m", "postgres.storage.class=fast", "api_server.port=6443")
    )
    assert read_values(show_values(given)) == given


def test_every_key_is_dotted_and_unique() -> None:
    keys = parameter_keys()
    assert len(set(keys)) == len(keys)
    assert {"namespace", "backend.image", "backend.requests.cpu", "postgres.storage.class"} <= {
        *keys
    }


def test_values_become_their_types() -> None:
    given = read_pairs(
        (
            "backend.replicas=5",
            "backend.target_cpu_ratio=0.5",
            "backend.autoscaling=off",
            "monitoring.scrape_interval=5s",
            "postgres.storage.class=none",
            "quota=on",
        )
    )
    assert given.backend.replicas == 5
    assert given.backend.target_cpu_ratio == 0.5
    assert given.backend.autoscaling is False
    assert given.monitoring.scrape_interval == timedelta(seconds=5)
    assert given.postgres.storage.class_ is None
    assert given.quota.enabled is True


def test_a_flow_may_give_numbers_and_switches_as_they_are() -> None:
    given = read_values({"backend.replicas": 4, "quota.enabled": True, "pull_secret": None})
    assert (given.backend.replicas, given.quota.enabled, given.pull_secret) == (4, True, None)


def test_of_two_for_one_key_the_last_holds() -> None:
    assert read_pairs(("backend.replicas=4", "backend.replicas=5")).backend.replicas == 5


def test_only_the_whole_is_judged() -> None:
    """Each alone would be refused: a request above the limit, or replicas above the most."""
    given = read_pairs(
        (
            "backend.requests.cpu=2",
            "backend.limits.cpu=4",
            "backend.replicas=12",
            "backend.max_replicas=20",
        )
    )
    assert (given.backend.requests.cpu, given.backend.max_replicas) == ("2", 20)


def test_existing_monitoring_needs_its_urls() -> None:
    given = read_pairs(
        (
            "monitoring=existing",
            "monitoring.prometheus.url=http://prometheus.monitoring:9090",
            "monitoring.alertmanager.url=http://alertmanager.monitoring:9093",
        )
    )
    assert given.monitoring.source is MonitoringSource.EXISTING


@pytest.mark.parametrize(
    ("pair", "sentence"),
    [
        ("backend.replica=3", "did you mean 'backend.replicas'?"),
        ("backend.request.cpu=1", "did you mean 'backend.requests.cpu'?"),
        ("qqq=1", "the keys are namespace, "),
        ("backend.replicas", "is not KEY=VALUE"),
        ("backend.replicas=three", "backend.replicas: 'three' is not a whole number"),
        ("backend.replicas=-1", "'-1' is not a whole number"),
        ("backend.replicas=0", "it must be at least 1"),
        ("backend.replicas=11", "backend.max_replicas is 10, below backend.replicas (11)"),
        ("backend.target_cpu_ratio=70", "must be a ratio above 0 and at most 1"),
        ("backend.target_cpu_ratio=x", "'x' is not a number"),
        ("backend.requests.cpu=2", "above backend.limits.cpu (1); raise the limit too"),
        ("backend.requests.memory=1GB", "'1GB' is not a quantity"),
        ("backend.image=", "backend.image: it must not be empty"),
        ("backend.image=UPPER", "backend.image is 'UPPER'"),
        ("backend.ingress.tls_secret=x", "needs backend.ingress.host"),
        ("backend.ingress.host=a b", "host is 'a b'"),
        ("backend.otlp_endpoint=collector:4317", "must be a URL such as"),
        ("postgres.storage.class=-x", "storage.class is '-x'"),
        ("monitoring=ours", "monitoring.source: 'ours' is not own or existing"),
        ("monitoring=existing", "needs monitoring.prometheus.url and"),
        ("monitoring.scrape_interval=15", "'15' is not a duration"),
        ("monitoring.scrape_interval=1h", "must lie between 1s and 30s"),
        ("monitoring.prometheus.retention=30d", "must be at least 35d"),
        ("monitoring.nodes_proxy=maybe", "'maybe' is not on or off"),
        ("namespace=kube-system", "belongs to the cluster"),
        ("namespace=Demo", "must be a DNS label"),
        ("api_server.cidr=10.0.0.300", "must be a network such as"),
    ],
)
def test_a_wrong_pair_is_refused_with_what_would_be_right(pair: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=r".") as refusal:
        read_pairs((pair,))
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("500m", "0.5"),
        ("2", "2"),
        ("0.25", "0.25"),
        ("1Ki", "1024"),
        ("1k", "1000"),
        ("1.5Gi", str(3 * 2**29)),
    ],
)
def test_quantities_are_numbers_with_a_suffix(text: str, number: str) -> None:
    assert str(amount(text).normalize()) == str(type(amount(text))(number).normalize())


def test_what_a_newer_version_has_kept_can_be_read() -> None:
    """Else the janitor of a stack that a newer command line brought up would not start."""
    kept = {**show_values(StackParameters()), "backend.replicas": "5", "backend.colour": "blue"}
    assert read_kept(kept).backend.replicas == 5
    with pytest.raises(ValueError, match=r"no parameter 'backend\.colour'"):
        read_values(kept)
