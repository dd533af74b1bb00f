"""The nearest of the names that there are, for one that there is not."""

from collections.abc import Iterable
from difflib import get_close_matches


def nearest(word: str, known: Iterable[str]) -> str:
    """Give it, or nothing where none is near. Capital letters and underscores do not count."""
    by_plain = {_plain(name): str(name) for name in known}
    found = get_close_matches(_plain(word), by_plain, n=1, cutoff=0.7)
    return by_plain[found[0]] if found else ""


def did_you_mean(word: str, known: Iterable[str], otherwise: str = "") -> str:
    """Write `; did you mean 'error'?`, or what is to be said where no name is near."""
    found = nearest(word, known)
    tail = f"did you mean {found!r}?" if found else otherwise
    return f"; {tail}" if tail else ""


def unknown_key(key: str, known: Iterable[str]) -> str:
    """Say which key there is not, and what would be right."""
    every = tuple(known)
    return f"unknown key {key!r}" + did_you_mean(key, every, f"here go {', '.join(every)}")


def _plain(name: str) -> str:
    return name.casefold().replace("_", "-")
