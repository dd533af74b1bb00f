"""The command line: thin over the flows and over the same wiring."""

from ironclad.cli.app import main

__all__ = ["main"]
