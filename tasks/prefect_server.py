"""Prefect's own server, for the names of this machine alone: `python -m tasks.prefect_server PORT`.

Prefect looks at no Host header: a page whose name was made to lead to this machine would share an
origin with its pages.
"""

import sys

import uvicorn
from prefect.server.api.server import create_app
from prefect.settings import get_current_settings
from starlette.middleware.trustedhost import TrustedHostMiddleware

HOSTS = ("127.0.0.1", "localhost")


def main(port: int) -> None:
    settings = get_current_settings().server
    uvicorn.run(
        TrustedHostMiddleware(create_app(final=True), allowed_hosts=HOSTS),
        host=HOSTS[0],
        port=port,
        timeout_keep_alive=settings.api.keepalive_timeout,
        ws_ping_interval=settings.api.websocket_ping_interval,
        ws_ping_timeout=settings.api.websocket_ping_timeout,
        log_level=settings.logging_level.lower(),
    )


if __name__ == "__main__":
    main(int(sys.argv[1]))
