"""`python -m backend.burn cpu|memory AMOUNT SECONDS PARENT`, renewed through standard input."""

import os
import sys

from backend.burn.leash import Leash, die_with, go_first
from backend.burn.work import NoRoomError, burn, hold

NO_ROOM = 3


def main() -> int:
    what, amount, seconds, parent = sys.argv[1:]
    die_with(int(parent))
    leash = Leash(float(seconds))
    if what == "cpu":
        burn(int(amount), leash)
        return 0
    go_first()
    try:
        hold(int(amount), leash)
    except (NoRoomError, MemoryError):
        return NO_ROOM
    return 0


if __name__ == "__main__":
    os._exit(main())  # not to wait for threads that may be at work
