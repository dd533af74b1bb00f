"""The edges: one module per remote thing; its errors and payloads become ours here."""

import sys

sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]
"""httpx works without its own command line, which imports Rich and Pygments: most of its time."""
