"""A parent that starts a child which ends with it, and then waits to be killed."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tasks.stopping import cancelled_without_parent


async def _child(tell: Callable[[str], object]) -> None:
    try:
        async with cancelled_without_parent("the parent is gone"):
            tell(f"alive {os.getpid()}")
            await asyncio.sleep(60)
    except asyncio.CancelledError as reason:
        await asyncio.sleep(0.05)  # what it undoes may take a while
        sys.stdout.write("this goes to a parent that is gone")
        sys.stdout.flush()
        tell(f"undone: {reason}")
        raise


def main() -> None:
    path = Path(sys.argv[2])
    if sys.argv[1] == "child":
        asyncio.run(_child(path.write_text))
    else:
        command = [sys.executable, "-m", __spec__.name, "child", str(path)]
        subprocess.run(command, capture_output=True, check=False)  # noqa: S603


if __name__ == "__main__":
    main()
