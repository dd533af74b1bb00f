"""Our service, put together as `python -m backend` does, where a profile is taken of it."""

from starlette.applications import Starlette

from backend.app import create_app
from backend.drain import Drain
from backend.settings import read_settings
from backend.telemetry.logs import LineWriter


def ours() -> Starlette:
    settings = read_settings()
    writer = LineWriter.to(settings.log_file)
    writer.__enter__()
    return create_app(settings, writer, Drain(settings.drain_seconds))
