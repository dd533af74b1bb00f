"""Small parts of Markdown that every reference page has."""

from collections.abc import Iterable, Sequence


def head(title: str, question: str, source: str) -> str:
    """Give the top of a page; `source` is what to change instead of the page."""
    note = f"`python -m tools.reference` makes this page from `{source}`. Change that instead."
    return f"# {title}\n\n*{question}*\n\n{note}\n"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [_line(columns), "|" + "---|" * len(columns), *map(_line, rows)]
    return "\n".join(lines) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(" ".join(cell.split()).replace("|", "\\|") for cell in cells) + " |"


def code(text: object) -> str:
    """Give it as code, and nothing for what is empty."""
    return f"`{text}`" if f"{text}" else ""
