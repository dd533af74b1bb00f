"""Orders to a load generator, small unless a test says otherwise."""

from datetime import timedelta

from ironclad.domain.experiment.experiment import Load, Mix
from ironclad.domain.experiment.pacer import Constant
from ironclad.domain.load.load import LoadOrder


def load_order(
    url: str = "http://127.0.0.1:1",
    *,
    run: str = "trial",
    rate: float = 100.0,
    seconds: float = 1.0,
    timeout: float = 1.0,
    lease: float = 10.0,
    mix: Mix | None = None,
) -> LoadOrder:
    return LoadOrder(
        run=run,
        url=url,
        load=Load(pacer=Constant(rate), mix=mix or Mix(), timeout=timedelta(seconds=timeout)),
        duration_seconds=seconds,
        lease_seconds=lease,
    )
