"""The burdens themselves; each returns when the leash is over."""

import hashlib
import threading
import time

from backend.burn.leash import Leash
from backend.burn.room import MOST_RATIO, NoAccountError, room_bytes

PERIOD_SECONDS = 0.1
BLOCK_BYTES = 4 << 20
LOOK_SECONDS = 0.2
_CHUNK = bytes(1 << 18)
"""Hashing so much lets other threads run meanwhile, and takes about 0.2 ms."""


class NoRoomError(Exception):
    """Holding on to the memory would take more than what is allowed."""


def burn(millicores: int, leash: Leash) -> None:
    """Use so many thousandths of a core, whole cores by a thread each."""
    whole, rest = divmod(millicores, 1000)
    for load in (*[1.0] * whole, *([rest / 1000] if rest else [])):
        threading.Thread(target=_burn_one, args=(load, leash), daemon=True).start()
    leash.wait()


def _burn_one(load: float, leash: Leash) -> None:
    """By its own CPU time: on a machine that is full it takes what it can get in each period."""
    while not leash.is_over:
        begun, used = time.monotonic(), time.thread_time()
        while time.thread_time() - used < load * PERIOD_SECONDS:
            hashlib.sha256(_CHUNK).digest()
            if leash.is_over:
                return
        time.sleep(max(0.0, begun + PERIOD_SECONDS - time.monotonic()) if load < 1 else 0)


def hold(size_bytes: int, leash: Leash) -> None:
    """Take the memory block by block, each page written to, and keep it.

    Raises `NoRoomError` as soon as the machine or a cgroup has less left than it must have.
    """
    blocks: list[bytearray] = []
    held = 0
    while held < size_bytes and not leash.is_over:
        block = min(BLOCK_BYTES, size_bytes - held)
        _insist_on(block)
        blocks.append(bytearray(b"\x01") * block)
        held += block
    while not leash.is_over:
        _insist_on(1)
        time.sleep(LOOK_SECONDS)


def _insist_on(more_bytes: int) -> None:
    try:
        room = room_bytes()
    except NoAccountError as error:
        raise NoRoomError(str(error)) from error
    if room < more_bytes:
        raise NoRoomError(f"{room} bytes are left under {MOST_RATIO * 100:g} %, not {more_bytes}")
