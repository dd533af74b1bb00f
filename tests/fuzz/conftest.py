"""Few inputs with every test run, and thousands with `make fuzz`."""

import time
from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.backend.postgres_server import PostgresServer
from tests.backend.replica_process import Replica, migrate
from tests.fuzz.tally import PROFILE, tried
from trials.harness import machine, pages

FEWEST = 10_000
"""What `make fuzz` promises."""
BEGAN = time.monotonic()

settings.register_profile(PROFILE, max_examples=1_500)


@pytest.fixture(scope="session")
def target() -> Iterator[Replica]:
    """A replica of its own: what is thrown at it here must disturb no other test."""
    with PostgresServer() as server:
        url = server.create_database("fuzz")
        migrate(url)
        with Replica(url) as replica:
            yield replica


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fewer inputs than promised are a failure, unless only some tests were asked for."""
    is_whole = not session.config.getoption("keyword")
    is_fuzz = session.config.getoption("--hypothesis-profile") == PROFILE
    if not (is_fuzz and is_whole and tried) or session.exitstatus:
        return
    if tried.total() < FEWEST:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
    else:
        pages.put_into("fuzz", "\n".join(_figures()))


def _figures() -> Iterator[str]:
    yield from machine.lines("make fuzz")
    seconds = time.monotonic() - BEGAN
    yield f"\n{tried.total():,} inputs in {seconds:.0f} s, none of which broke a property:\n"
    yield "| inputs | tried |\n|---|--:|"
    yield from (f"| {kind} | {count:,} |" for kind, count in sorted(tried.items()))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    total = tried.total()
    if not total:
        return
    parts = ", ".join(f"{count:,} {kind}" for kind, count in sorted(tried.items()))
    terminalreporter.write_line(f"fuzzed with {total:,} inputs: {parts}")
    if config.getoption("--hypothesis-profile") == PROFILE and total < FEWEST:
        terminalreporter.write_line(f"that is fewer than the {FEWEST:,} of make fuzz", red=True)
