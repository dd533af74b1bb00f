"""Record `make demo` for the docs, in asciinema's format: `make recording`.

Each half second with news is one event, which redraws the rows that changed. Pauses are played in
two seconds. Play it with `asciinema play docs/demo.cast`.
"""

import json
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from tests.demo.clone import WITHIN_SECONDS, Clone, fresh_clone
from tests.places import ROOT

TARGET = ROOT / "docs/demo.cast"
NEUTRAL = "~/ironclad"
YELLOW = "\x1b[33m"
LONGEST_PAUSE_SECONDS = 2.0
Frame = tuple[float, Sequence[str]]


def recording(frames: Sequence[Frame], columns: int, rows: int) -> Iterator[str]:
    """Give the lines of the file."""
    header = {"version": 2, "width": columns, "height": rows, "title": "make demo"}
    yield json.dumps({**header, "idle_time_limit": LONGEST_PAUSE_SECONDS})
    blank: Frame = (0.0, [""] * rows)
    for (_, before), (at, now) in pairwise([blank, *frames]):
        if text := "".join(_redrawn(before, now)):
            yield json.dumps([round(at, 2), "o", text], ensure_ascii=False)


def _redrawn(before: Sequence[str], now: Sequence[str]) -> Iterator[str]:
    for row, (old, new) in enumerate(zip(before, now, strict=True), start=1):
        if old != new:
            yield f"\x1b[{row};1H\x1b[2K{new}"


def neutral(frames: Sequence[Frame], clone: Clone) -> list[Frame]:
    """Name no folder of the machine that it was recorded on."""
    places = ((str(clone.folder), NEUTRAL), (str(clone.root), f"{NEUTRAL}/.."))
    return [(at, [_replaced(row, places) for row in without_pip(rows)]) for at, rows in frames]


def without_pip(rows: Sequence[str]) -> list[str]:
    """Leave out what pip warns of, in yellow and over several rows: it concerns one machine."""
    kept = [row for row in rows if not row.startswith(YELLOW)]
    return [*kept, *[""] * (len(rows) - len(kept))]


def _replaced(row: str, places: Sequence[tuple[str, str]]) -> str:
    for place, name in places:
        row = row.replace(place, name)
    return row


def main(target: Path = TARGET) -> None:
    with fresh_clone() as clone:
        with clone.demo() as terminal:
            code = terminal.end(WITHIN_SECONDS)
        if code:
            raise SystemExit(f"not recorded:\n{terminal.screen}")
        kept = neutral(terminal.frames, clone)
        target.write_text("\n".join(recording(kept, terminal.columns, terminal.rows)) + "\n")


if __name__ == "__main__":
    main()
