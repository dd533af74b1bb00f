"""One style of numbers: one function writes a share, and never `0.116%` beside `0.116 %`."""

import ast
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.places import ROOT

WRITER = ROOT / "ironclad/domain/text/wording.py"
MODULES = sorted(
    path
    for folder in ("ironclad", "flows", "tasks", "backend")
    for path in (ROOT / folder).rglob("*.py")
    if path != WRITER
)


def shares_of_its_own(source: str) -> Iterator[int]:
    """Give the line of each f-string that formats a share itself: `{x:.1%}`, `{x}%`."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.FormattedValue) and _is_share(node.format_spec):
            yield node.lineno
        if isinstance(node, ast.JoinedStr):
            yield from (
                after.lineno for before, after in pairwise(node.values) if _unit(before, after)
            )


def _is_share(spec: ast.expr | None) -> bool:
    text = ast.unparse(spec)[2:-1] if spec else ""
    return text.endswith("%") and not text.startswith("%")


def _unit(before: ast.expr, after: ast.expr) -> bool:
    return (
        isinstance(before, ast.FormattedValue)
        and isinstance(after, ast.Constant)
        and str(after.value).startswith("%")
    )


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_module_writes_percent_in_a_style_of_its_own(path: Path) -> None:
    assert list(shares_of_its_own(path.read_text())) == []


@pytest.mark.parametrize("text", ["{x:.1%}", "{x:.0%} of", "{x}%", "{x:.2f}% of", "{x:,.1%}"])
def test_a_style_of_its_own_is_found(text: str) -> None:
    assert list(shares_of_its_own(f"said = f'{text}'")) == [1]


@pytest.mark.parametrize("text", ["{at:%H:%M:%S}", "{percent(x)} of", "100 %", "{x} of 5 %"])
def test_times_and_whole_sentences_are_left_alone(text: str) -> None:
    assert list(shares_of_its_own(f"said = f'{text}'")) == []
