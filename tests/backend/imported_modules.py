"""Prints what the service loads when it is put together; run as a process of its own."""

import sys

from backend.app import create_app
from backend.drain import Drain
from backend.settings import read_settings
from backend.telemetry.logs import LineWriter

create_app(read_settings(), LineWriter(), Drain(0))
print("\n".join(sorted(sys.modules)))  # noqa: T201
