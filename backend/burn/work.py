"""The stressors themselves; each returns when its lifetime is over."""

import hashlib
import threading
import time

from backend.burn.headroom import MOST_RATIO, NoAccountError, headroom_bytes
from backend.burn.lifetime import Lifetime

PERIOD_SECONDS = 0.1
BLOCK_BYTES = 4 << 20
LOOK_SECONDS = 0.2
_CHUNK = bytes(1 << 18)
"""Hashing so much lets other threads run meanwhile, and takes about 0.2 ms."""


class NoHeadroomError(Exception):
    """Holding on to the memory would take more than what is allowed."""


def burn(millicores: int, lifetime: Lifetime) -> None:
    """Use so many thousandths of a core, whole cores by a thread each."""
    whole, rest = divmod(millicores, 1000)
    for load in (*[1.0] * whole, *([rest / 1000] if rest else [])):
        threading.Thread(target=_burn_one, args=(load, lifetime), daemon=True).start()
    lifetime.wait()


def _burn_one(load: float, lifetime: Lifetime) -> None:
    """By its own CPU time: on a machine that is full it takes what it can get in each period."""
    while not lifetime.is_over:
        begun, used = time.monotonic(), time.thread_time()
        while time.thread_time() - used < load * PERIOD_SECONDS:
            hashlib.sha256(_CHUNK).digest()
            if lifetime.is_over:
                return
        time.sleep(max(0.0, begun + PERIOD_SECONDS - time.monotonic()) if load < 1 else 0)


def hold(size_bytes: int, lifetime: Lifetime) -> None:
    """Take the memory block by block, each page written to, and keep it.

    Raises `NoHeadroomError` as soon as the machine or a cgroup has less left than it must have.
    """
    blocks: list[bytearray] = []
    held = 0
    while held < size_bytes and not lifetime.is_over:
        block = min(BLOCK_BYTES, size_bytes - held)
        _require(block)
        blocks.append(bytearray(b"\x01") * block)
        held += block
    while not lifetime.is_over:
        _require(1)
        time.sleep(LOOK_SECONDS)


def _require(more_bytes: int) -> None:
    try:
        headroom = headroom_bytes()
    except NoAccountError as error:
        raise NoHeadroomError(str(error)) from error
    if headroom < more_bytes:
        raise NoHeadroomError(
            f"{headroom} bytes are left under {MOST_RATIO * 100:g} %, not {more_bytes}"
        )
