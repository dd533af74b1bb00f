"""`docs/settings.md`, made from the settings themselves: `python -m ironclad.settings_page`."""

from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from ironclad.settings import PROJECT, Settings

PAGE = PROJECT / "docs" / "settings.md"

_HEAD = """\
# Settings

Made by `python -m ironclad.settings_page` from `ironclad/settings.py`; change that instead.

Every setting of Ironclad itself is an environment variable. An empty one counts as none; a wrong
value is one sentence that names the variable. What may differ between two stacks in a cluster are
*parameters*, not settings: `ironclad up --set KEY=VALUE`, see [kubernetes.md](kubernetes.md).

| variable | if left out | what it is |
|---|---|---|
"""


def settings_page() -> str:
    rows = (_row(name, field) for name, field in Settings.model_fields.items())
    return _HEAD + "".join(rows)


def _row(name: str, field: FieldInfo) -> str:
    told = " ".join((field.description or "").split())
    return f"| `IRONCLAD_{name.upper()}` | {_default(name, field)} | {_cell(told)} |\n"


_WORDS = {
    "state": "`~/.local/state/ironclad`, as root `/var/lib/ironclad`",
    "kubeconfig": "`KUBECONFIG`, else `~/.kube/config`",
}
"""Defaults that depend on the machine."""


def _default(name: str, field: FieldInfo) -> str:
    if name in _WORDS:
        return _WORDS[name]
    value: Any = field.get_default(call_default_factory=True, validated_data={})
    if value is None or value in ("", {}, ()):
        return ""
    if isinstance(value, Path) and value.is_relative_to(PROJECT):
        value = value.relative_to(PROJECT)
    return _cell(f"`{value}`")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(settings_page(), encoding="utf-8")
