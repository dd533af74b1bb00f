import pytest

from ironclad.domain.experiment.experiment import Target
from ironclad.domain.experiment.targets import resolve
from ironclad.domain.stack.stack import Replica
from ironclad.errors import RefusedError

THREE = tuple(Replica(name, f"http://{name}") for name in ("orders-2", "orders-1", "orders-3"))


def names(target: Target, replicas: tuple[Replica, ...] = THREE) -> list[str]:
    return [replica.name for replica in resolve(target, replicas)]


@pytest.mark.parametrize(
    ("target", "hit"),
    [
        pytest.param(Target(replicas=1), ["orders-1"], id="a number takes the first by name"),
        pytest.param(Target(replicas=3), ["orders-1", "orders-2", "orders-3"], id="all of them"),
        pytest.param(Target(share=0.5), ["orders-1"], id="a share is rounded down"),
        pytest.param(Target(share=0.01), ["orders-1"], id="but hits one at least"),
        pytest.param(
            Target(share=2 / 3), ["orders-1", "orders-2"], id="two thirds of three are two"
        ),
        pytest.param(Target(share=1.0), ["orders-1", "orders-2", "orders-3"], id="the whole"),
        pytest.param(
            Target(names=("orders-3", "orders-1")), ["orders-1", "orders-3"], id="names, in order"
        ),
    ],
)
def test_a_target_becomes_replicas(target: Target, hit: list[str]) -> None:
    assert names(target) == hit


@pytest.mark.parametrize(
    ("target", "replicas", "reason"),
    [
        pytest.param(Target(replicas=4), THREE, "4 replicas are wanted and there are 3", id="many"),
        pytest.param(Target(names=("x",)), THREE, "there is no replica 'x'", id="unknown name"),
        pytest.param(Target(), THREE, "the target names no replica", id="an empty target"),
        pytest.param(Target(replicas=1), (), "there is no replica", id="an empty stack"),
    ],
)
def test_a_target_that_cannot_be_hit_is_refused(
    target: Target, replicas: tuple[Replica, ...], reason: str
) -> None:
    with pytest.raises(RefusedError, match=reason):
        resolve(target, replicas)


def test_every_unknown_name_is_reported_at_once() -> None:
    with pytest.raises(RefusedError) as refused:
        resolve(Target(names=("x", "y", "orders-1")), THREE)
    assert len(refused.value.reasons) == 2
