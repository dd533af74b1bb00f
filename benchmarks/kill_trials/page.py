"""The figures in the documentation, between two marks that no reader sees."""

import re
from pathlib import Path

_BEGIN, _END = "<!-- kill-trials -->", "<!-- /kill-trials -->"
_BETWEEN = re.compile(f"{re.escape(_BEGIN)}.*?{re.escape(_END)}", re.DOTALL)


def put_into(path: Path, text: str) -> None:
    """Replace what stands between the marks. Raises ValueError where they are missing."""
    page = path.read_text(encoding="utf-8")
    if not _BETWEEN.search(page):
        raise ValueError(f"{path} has no {_BEGIN} … {_END}")
    new = f"{_BEGIN}\n\n{text}\n\n{_END}"
    path.write_text(_BETWEEN.sub(lambda _: new, page), encoding="utf-8")
