"""What every test run needs, however it ends."""

import os
import signal
import tempfile

_HOME = tempfile.TemporaryDirectory(prefix="ironclad-test-prefect-", ignore_cleanup_errors=True)


def pytest_configure() -> None:
    """On a signal, take the stacks down as after Ctrl-C: they outlive the process that made them.

    Prefect gets a home of its own: a demo's profile in the checkout may name one that is gone.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    os.environ["PREFECT_HOME"] = _HOME.name


def pytest_unconfigure() -> None:
    _HOME.cleanup()
