"""Each failure leaves a file open, up to two hundred."""

import tempfile
from typing import IO

from trials.mutants.left_behind._after_an_error import serve_and_leave

MOST = 200
_open: list[IO[bytes]] = []


def _leave_one() -> None:
    if len(_open) < MOST:
        _open.append(tempfile.TemporaryFile())  # noqa: SIM115 - it is to stay open


if __name__ == "__main__":
    serve_and_leave(_leave_one)
