"""`python -m backend`: serve until SIGTERM."""

import logging
import sys

from backend.app import create_app
from backend.drain import Drain
from backend.server import ListenError, listen, new_server
from backend.settings import Settings, SettingsError, read_settings
from backend.telemetry.logs import LineWriter, send_records_to

CANNOT_START = 2

logger = logging.getLogger("backend")


def main() -> int:
    try:
        settings = read_settings()
        writer = _log_writer(settings)
        listener = listen(settings.host, settings.port)
    except (SettingsError, ListenError) as error:
        print(error, file=sys.stderr)  # noqa: T201
        return CANNOT_START
    with writer, listener:
        send_records_to(writer, replica=settings.replica, level=settings.log_level)
        drain = Drain(settings.drain_seconds)
        host, port = listener.getsockname()[:2]
        logger.info("Listening on %s:%s.", host, port)
        new_server(create_app(settings, writer, drain), drain).run(sockets=[listener])
        logger.info("Left.")
    return 0


def _log_writer(settings: Settings) -> LineWriter:
    try:
        return LineWriter.to(settings.log_file)
    except OSError as error:
        named = str(settings.log_file)
        raise SettingsError(
            f"BACKEND_LOG_FILE names {named!r}, which cannot be written: {error.strerror}."
        ) from error


if __name__ == "__main__":
    sys.exit(main())
