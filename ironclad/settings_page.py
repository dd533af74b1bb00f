"""`docs/reference/settings.md`, made from the settings themselves: `python -m ironclad.settings_page`."""

import ast
from collections.abc import Iterator
from dataclasses import MISSING, Field, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

from ironclad.settings import PROJECT, Settings

PAGE = PROJECT / "docs" / "reference" / "settings.md"

_HEAD = """\
# Settings

Made by `python -m ironclad.settings_page` from `ironclad/settings.py`; change that instead.

Every setting of Ironclad itself is an environment variable. An empty one counts as none; a wrong
value is one sentence that names the variable. What may differ between two stacks in a cluster are
*parameters*, not settings: `ironclad up --set KEY=VALUE`, see [kubernetes.md](../guides/kubernetes.md).

| variable | if left out | what it is |
|---|---|---|
"""


def settings_page() -> str:
    described = dict(_descriptions())
    return _HEAD + "".join(_row(each, described.get(each.name, "")) for each in fields(Settings))


def _row(setting: Field[Any], description: str) -> str:
    cell = _cell(" ".join(description.split()))
    return f"| `IRONCLAD_{setting.name.upper()}` | {_default(setting)} | {cell} |\n"


def _descriptions() -> Iterator[tuple[str, str]]:
    """Give the text below each field, which only the source has."""
    tree = ast.parse((PROJECT / "ironclad/settings.py").read_text(encoding="utf-8"))
    classes = (node for node in tree.body if isinstance(node, ast.ClassDef))
    body = next(node.body for node in classes if node.name == Settings.__name__)
    for one, other in pairwise(body):
        match one, other:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(
                value=ast.Constant(value=str(text))
            ):
                yield name, text


_WORDS = {
    "state": "`~/.local/state/ironclad`, as root `/var/lib/ironclad`",
    "kubeconfig": "`KUBECONFIG`, else `~/.kube/config`",
}
"""Defaults that depend on the machine."""


def _default(setting: Field[Any]) -> str:
    if setting.name in _WORDS:
        return _WORDS[setting.name]
    value = setting.default if setting.default_factory is MISSING else setting.default_factory()
    if value is None or value in ("", {}, ()):
        return ""
    if isinstance(value, Path) and value.is_relative_to(PROJECT):
        value = value.relative_to(PROJECT)
    return _cell(f"`{value}`")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
