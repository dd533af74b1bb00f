"""`python -m backend.burn cpu|memory AMOUNT SECONDS PARENT`, renewed through standard input."""

import os
import sys

from backend.burn.lifetime import Lifetime, die_with, go_first
from backend.burn.work import NoHeadroomError, burn, hold

NO_HEADROOM = 3


def main() -> int:
    what, amount, seconds, parent = sys.argv[1:]
    die_with(int(parent))
    lifetime = Lifetime(float(seconds))
    if what == "cpu":
        burn(int(amount), lifetime)
        return 0
    go_first()
    try:
        hold(int(amount), lifetime)
    except (NoHeadroomError, MemoryError):
        return NO_HEADROOM
    return 0


if __name__ == "__main__":
    os._exit(main())  # not to wait for threads that may be at work
