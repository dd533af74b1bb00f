"""SIGTERM closes the listener at once and breaks off what is in flight, as plain servers do."""

import os
from types import FrameType

from backend.server import DrainingServer
from benchmarks.regressions._plant import serve_with


def _leave(server: DrainingServer, sig: int, frame: FrameType | None) -> None:
    del server, sig, frame
    os._exit(0)


if __name__ == "__main__":
    serve_with(DrainingServer, "handle_exit", _leave)
