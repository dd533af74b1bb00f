"""The command line: thin over the flows and over the same wiring."""

import gc
import sys

gc.set_threshold(200_000)
"""Importing makes many objects and no garbage; looking for some takes a seventh of the time."""


def main() -> None:
    """Run one command; Ctrl-C is in time from here on, while modules are imported as well."""
    try:
        from ironclad.cli.app import main as run
    except KeyboardInterrupt:
        print("ironclad: interrupted", file=sys.stderr)  # noqa: T201 - nothing better is there yet
        sys.exit(130)
    run()
