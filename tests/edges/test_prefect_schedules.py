"""A real Prefect server, as `ironclad prefect up` leaves it: its scheduler does its work."""

from collections.abc import Iterator

import pytest

from tests.fakes.live_stack import forget, open_root
from tests.fakes.product import Product, wait_until

pytestmark = [pytest.mark.prefect, pytest.mark.fresh, pytest.mark.timeout(300)]

SCHEDULED = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}


@pytest.fixture(scope="module")
def prefect() -> Iterator[Product]:
    folder = open_root()
    product = Product(folder, tools={})
    try:
        ended = product.run("prefect", "up")
        assert ended.returncode == 0, ended.stderr
        yield product
    finally:
        product.run("down", "--all", "--delete-data")
        left = product.processes()
        forget(folder)
        assert left == set()


def test_a_schedule_has_runs_to_come(prefect: Product) -> None:
    """Prefect 3.8.8 with SQLAlchemy 2.1 starts, takes schedules and never inserts a run."""
    assert (
        wait_until(lambda: prefect.ask_prefect("/flow_runs/count", SCHEDULED) > 0, 60) is not None
    )
