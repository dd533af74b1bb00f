"""After its first failure it waits 30 ms before each request, as by a fallback never left."""

import asyncio

from trials.mutants.left_behind._after_an_error import serve_and_leave

PAUSE_SECONDS = 0.03
_failed: list[bool] = []


async def _pause() -> None:
    if _failed:
        await asyncio.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    serve_and_leave(lambda: _failed.append(True), _pause)
