"""What every test run needs, whoever ends it."""

import signal


def pytest_configure() -> None:
    """Told to stop, take the stacks down as after Ctrl-C: they outlive whoever started them."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
