"""One PostgreSQL and one replica for all tests that leave both as they were."""

from collections.abc import Iterator

import pytest

from tests.backend.postgres_server import PostgresServer
from tests.backend.replica_process import Replica, migrate


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with PostgresServer() as server:
        yield server


@pytest.fixture(scope="session")
def database_url(postgres: PostgresServer) -> str:
    url = postgres.create_database("ironclad")
    migrate(url)
    return url


@pytest.fixture(scope="session")
def shared_replica(database_url: str) -> Iterator[Replica]:
    with Replica(database_url) as replica:
        yield replica


@pytest.fixture
def replica(shared_replica: Replica) -> Iterator[Replica]:
    """Free of faults before and after."""
    yield shared_replica
    shared_replica.control("DELETE", "")
    shared_replica.control("POST", "/enable")
