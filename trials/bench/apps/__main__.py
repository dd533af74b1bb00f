"""Serve one of them: `python -m trials.bench.apps bare:metrics PORT [PROFILE]`; uvicorn as ours."""

import importlib
import signal
import sys
from pathlib import Path

import uvicorn

from backend.server import BACKLOG, KEEP_ALIVE_SECONDS
from trials.bench.apps.sampling import sampled


def main(name: str, port: str, profile: str = "") -> None:
    module, _, factory = name.partition(":")
    app = getattr(importlib.import_module(f"trials.bench.apps.{module}"), factory)()
    config = uvicorn.Config(
        app,
        port=int(port),
        http="httptools",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    # uvicorn raises the signal that ended it once more; the profile is written after that.
    signal.signal(signal.SIGTERM, lambda *_: None)
    with sampled(Path(profile) if profile else None):
        uvicorn.Server(config).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
