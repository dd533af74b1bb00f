"""After its first failure each request costs 3 ms of CPU more, as by a list that is searched."""

import time

from trials.mutants.left_behind._after_an_error import serve_and_leave

CPU_SECONDS = 0.003
_failed: list[bool] = []


async def _burn() -> None:
    end = time.thread_time() + CPU_SECONDS
    while _failed and time.thread_time() < end:
        pass


if __name__ == "__main__":
    serve_and_leave(lambda: _failed.append(True), _burn)
