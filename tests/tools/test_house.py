"""The structure of a small tree, measured."""

from pathlib import Path

import pytest

from tools.house import importers, measures, read

LONG = "def long() -> None:\n" + "    pass\n" * 39
TREE = {
    "ironclad/__init__.py": "",
    "ironclad/domain/__init__.py": '"""Only words."""\n',
    "ironclad/domain/value.py": LONG,
    "ironclad/domain/short.py": "from ironclad.domain.value import long\n\nlong()\n",
    "flows/flow.py": "from ironclad.domain import short, value\n",
    "tasks/task.py": "VALUE = 1\n",
    "tests/test_value.py": "assert True\n" * 23,
}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in TREE.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_each_measure_is_of_modules_with_code_alone(tree: Path) -> None:
    found = measures(read(tree))

    assert found["product files"] == "4"
    assert found["files in the fullest folder"] == "2"
    assert found["files under 30 lines"] == "3 (75%)"
    assert found["modules with a single importer"] == "25%"
    assert found["lines of product code"] == "45"
    assert found["test lines for each line of code"] == "0.51"
    assert found["lines of the longest function"] == "40 (value.long)"


def test_a_module_that_is_imported_as_a_name_of_its_package_counts(tree: Path) -> None:
    assert importers(read(tree)) == {
        "ironclad.domain.value": {"ironclad.domain.short", "flows.flow"},
        "ironclad.domain.short": {"flows.flow"},
    }
