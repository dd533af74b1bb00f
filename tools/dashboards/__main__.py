"""`python -m tools.dashboards` writes the JSON of every dashboard, or checks it with `--check`.

It needs Grafana's SDK, which comes with the development dependencies alone.
"""

import argparse
import sys
from pathlib import Path

from tools.dashboards.boards import BOARDS
from tools.dashboards.build import dashboard_text

FOLDER = Path(__file__).parents[2] / "monitoring" / "grafana"


def texts() -> dict[str, str]:
    return {f"{board.uid}.json": dashboard_text(board) for board in BOARDS}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tools.dashboards", description=__doc__)
    parser.add_argument("--check", action="store_true", help="say what differs, write nothing")
    if parser.parse_args().check:
        stale = [name for name, text in texts().items() if (FOLDER / name).read_text() != text]
        sys.exit(f"out of date: {', '.join(stale)}" if stale else 0)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, text in texts().items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
