"""A path inside a program is replaced at one place, byte for byte as long."""

from pathlib import Path

import pytest

from ironclad.adapters.programs.tool_package import relocate

FOLDER = "usr/share/tool"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"a/usr/share/toolb/usr/share/tool/uic", b"a./././././././.b/usr/share/tool/uic"),
        (b"/usr/share/tool /usr/share/tool", b"/usr/share/tool /usr/share/tool"),
        (b"nothing of it", b"nothing of it"),
    ],
    ids=["once, and a longer path", "twice: not known which", "never"],
)
def test_only_the_one_place_is_changed(tmp_path: Path, before: bytes, after: bytes) -> None:
    program = tmp_path / "program"
    program.write_bytes(before)
    relocate(program, FOLDER)
    assert program.read_bytes() == after
