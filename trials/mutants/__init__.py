"""The backend with one mistake each, to see whether a game day finds it.

Each module puts its mistake into the shipped backend's own classes and serves it:
`python -m trials.mutants.writes.lost_write`. Nothing of this is in the shipped backend.
"""

from pathlib import Path

MODULES = {
    path.stem: f"{__name__}.{path.parent.name}.{path.stem}"
    for path in Path(__file__).parent.glob("*/[!_]*.py")
}
"""By the name of the mistake."""
