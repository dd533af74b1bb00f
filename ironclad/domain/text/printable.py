"""Text from outside, without what a terminal or a page would obey instead of showing it."""

import json


def printable(text: str) -> str:
    """Replace control characters, marks of direction and lone surrogates; lines stay lines."""
    return "".join(c if _is_harmless(c) else "\N{REPLACEMENT CHARACTER}" for c in text)


def escaped(document: str) -> str:
    """Escape the same in a JSON document, where they mean the same to a program."""
    return "".join(c if _is_harmless(c) else _escape(c) for c in document)


def _is_harmless(c: str) -> bool:
    return c == "\n" or c.isprintable()


def _escape(c: str) -> str:
    return json.dumps(c)[1:-1]
