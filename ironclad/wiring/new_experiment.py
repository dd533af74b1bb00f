"""A new experiment file among those that there are."""

from pathlib import Path

from ironclad.adapters.experiments import reader
from ironclad.adapters.files.atomic import explained
from ironclad.errors import BadInputError
from ironclad.settings import settings


def write_experiment(name: str, text: str) -> Path:
    """Raises BadInputError where one of that name exists, or where it would not be readable."""
    path = settings().experiments / f"{name}.yaml"
    reader.parse_experiment(path, text)
    if path.exists():
        raise BadInputError(f"{path} exists already; choose another name")
    with explained("write", path):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return path
