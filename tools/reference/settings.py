"""The page of settings: each field of `Settings`, with the text below it."""

from dataclasses import MISSING, Field, fields
from pathlib import Path
from typing import Any

from ironclad.settings import PROJECT, Settings
from tools.reference.docstrings import field_texts
from tools.reference.markdown import code, table

SOURCE = "ironclad/settings.py"

_ABOUT = """
Each setting is an environment variable. An empty variable counts as unset. A wrong value gets one
sentence that names the variable.

Two stacks in a cluster differ by *parameters*, not by settings: see
[the stack on Kubernetes](../guides/kubernetes.md).
"""

_WORDS = {
    "state": "`~/.local/state/ironclad`, as root `/var/lib/ironclad`",
    "kubeconfig": "`KUBECONFIG`, else `~/.kube/config`",
}
"""Defaults that depend on the machine."""


def body() -> str:
    described = field_texts(Settings)
    rows = [_row(each, described.get(each.name, "")) for each in fields(Settings)]
    return f"{_ABOUT}\n{table(('variable', 'default', 'meaning'), rows)}"


def _row(setting: Field[Any], description: str) -> tuple[str, str, str]:
    return f"`IRONCLAD_{setting.name.upper()}`", _default(setting), description


def _default(setting: Field[Any]) -> str:
    if setting.name in _WORDS:
        return _WORDS[setting.name]
    value = setting.default if setting.default_factory is MISSING else setting.default_factory()
    if value is None or value in ("", {}, ()):
        return "none"
    if isinstance(value, Path) and value.is_relative_to(PROJECT):
        value = value.relative_to(PROJECT)
    return code(value)
