"""Each kind of fault is one value in one place; one that lacks something is not made."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from backend.chaos import faults, stressors
from backend.chaos.kinds import KINDS
from ironclad.domain.faults import catalogue
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.faults.spec import Effect, Ending, FaultSpec, Sign
from ironclad.domain.stack.platforms import PROBE_EVERY, PROBE_FAILURES
from tests.places import ROOT

EVERY_KIND = pytest.mark.parametrize("kind", FaultKind)
LACKING = {
    "no spec": ('"dummy"', "the kind dummy has no spec"),
    "no sign": (
        '"dummy", replace(ERROR[1], sign=None)',
        "a fault of requests lacks, or must not have, sign, effect",
    ),
}


def causes(error: BaseException | None) -> Iterator[str]:
    """Python 3.11 wraps what happens while an enum is made."""
    while error is not None:
        yield str(error)
        error = error.__cause__


@pytest.mark.parametrize(("member", "sentence"), LACKING.values(), ids=LACKING.keys())
def test_a_kind_that_lacks_something_fails_when_it_is_imported(member: str, sentence: str) -> None:
    source = Path(catalogue.__file__).read_text()
    with_dummy = source.replace("    HANG = (", f"    DUMMY = {member}\n    HANG = (", 1)
    exec(compile(source, "catalogue", "exec"), {"__name__": "whole"})  # noqa: S102 - our own

    with pytest.raises((TypeError, ValueError, RuntimeError)) as raised:
        exec(compile(with_dummy, "catalogue", "exec"), {"__name__": "odd", "replace": replace})  # noqa: S102

    assert sentence in list(causes(raised.value))


def changed(spec: FaultSpec) -> Iterator[dict[str, object]]:
    """Take away what it has, and give it what is another family's."""
    yield {"sign": None if spec.sign else Sign.READINESS}
    yield {"effect": None if spec.effect else Effect.STATUS}
    yield {"ending": None if spec.ending else Ending.KILLED}
    yield {"noticed_within": None if spec.noticed_within else timedelta(seconds=1)}
    yield {"words": replace(spec.words, local="" if spec.words.local else "SIGKILL.")}
    yield {"words": replace(spec.words, cluster="" if spec.words.cluster else "Deleted.")}
    yield {"in_backend": not spec.in_backend}


@EVERY_KIND
def test_a_spec_that_contradicts_itself_is_not_made(kind: FaultKind) -> None:
    for change in changed(kind.spec):
        with pytest.raises(ValueError, match="lacks, or must not have"):
            replace(kind.spec, **change)  # type: ignore[arg-type]


def test_the_backend_has_every_kind_that_a_replica_makes_itself() -> None:
    """What is not in the backend was once a list kept by hand, and a kind left out was in it."""
    assert set(KINDS) == {kind for kind in FaultKind if kind.spec.in_backend}


def test_bounds_are_those_of_the_backend() -> None:
    delay, cores = (
        FaultKind.LATENCY.spec.parameter("delay"),
        FaultKind.CPU_BURN.spec.parameter("cores"),
    )
    size = FaultKind.MEMORY_PRESSURE.spec.parameter("size_bytes")
    assert (delay.least * 1000, delay.most * 1000) == (1, faults.LONGEST_DELAY_MS)
    assert (cores.least * 1000, cores.most * 1000) == (1, stressors.MOST_MILLICORES)
    assert (size.least, size.most) == (stressors.LEAST_BYTES, stressors.MOST_BYTES)
    assert FaultKind.ERROR.spec.parameter("status").choices == faults.ERROR_STATUSES


NOTICED = {
    FaultKind.CRASH: 1,
    FaultKind.REPLICA_KILL: 1,
    FaultKind.POD_DELETE: 2,
    FaultKind.EVICT: 2,
    FaultKind.ROLLING_RESTART: 2,
    FaultKind.NOT_READY: 2,
    FaultKind.REPLICA_PAUSE: 2,
}
"""Five constants in four files once said 1, 1.5 or 2 s. A look each second, which may take one."""


@EVERY_KIND
def test_a_balancer_notices_at_its_next_look_or_when_that_is_not_answered(kind: FaultKind) -> None:
    noticed = kind.spec.noticed_within
    assert (noticed and noticed.total_seconds()) == NOTICED.get(kind)


LEAVING = {FaultKind.POD_DELETE, FaultKind.EVICT, FaultKind.ROLLING_RESTART}


def test_what_is_drained_or_evicted_leaves_in_order_and_what_is_killed_does_not() -> None:
    assert {kind for kind in FaultKind if kind.spec.leaves_in_order} == LEAVING
    says = {kind for kind in FaultKind if kind.spec.says_not_ready}
    assert says == LEAVING | {FaultKind.NOT_READY}
    killed = {kind for kind in FaultKind if kind.spec.kills_replicas}
    assert killed == {FaultKind.CRASH, FaultKind.REPLICA_KILL}


def test_a_cluster_notices_as_soon_as_the_shipped_probe_does() -> None:
    (deployment,) = yaml.safe_load_all(
        (ROOT / "manifests/40-backend/backend-deployment.yaml").read_text()
    )
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    probe = container["readinessProbe"]
    assert probe["periodSeconds"] == PROBE_EVERY.total_seconds()
    assert probe["failureThreshold"] == PROBE_FAILURES
