"""The command line: thin over the flows and over the same wiring."""

import gc

gc.set_threshold(50_000)
"""Importing makes many objects and no garbage; looking for some takes a seventh of the time."""

from ironclad.cli.app import main  # noqa: E402

__all__ = ["main"]
