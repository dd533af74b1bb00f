"""Measures the structure of the tree, and sets it beside an earlier commit's.

    python -m tools.house [--beside COMMIT] [--keep]

Prints Markdown tables; `--keep` puts them into docs/results/structure.md. A file
counts if it holds code; a package's empty `__init__` does not.
"""

import argparse
import ast
import subprocess
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from trials.harness.pages import put_into

PRODUCT = ("ironclad", "flows", "tasks")
SHORT_LINES = 30
ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Module:
    name: str
    path: Path
    tree: ast.Module
    lines: int


@dataclass(frozen=True)
class House:
    """The product's modules, and how many lines each kind of code has."""

    root: Path
    modules: tuple[Module, ...]
    test_lines: int
    test_folders: Counter[Path]

    @property
    def code_lines(self) -> int:
        return sum(module.lines for module in self.modules)


def read(root: Path) -> House:
    tests = [path for path in sorted((root / "tests").rglob("*.py")) if path.read_text().strip()]
    return House(
        root=root,
        modules=tuple(_module(root, path) for folder in PRODUCT for path in _files(root / folder)),
        test_lines=sum(_lines(path) for path in tests),
        test_folders=Counter(path.parent for path in tests),
    )


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.py")):
        if path.name != "__init__.py" or _lines(path) > 1:
            yield path


def _lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def _module(root: Path, path: Path) -> Module:
    parts = path.relative_to(root).with_suffix("").parts
    name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
    return Module(name, path, ast.parse(path.read_text(encoding="utf-8")), _lines(path))


def measures(house: House) -> dict[str, str]:
    """Each measure in words and its figure."""
    folders = Counter(module.path.parent for module in house.modules)
    sizes = [module.lines for module in house.modules]
    short = sum(size < SHORT_LINES for size in sizes)
    single = sum(len(users) == 1 for users in importers(house).values())
    longest = max(functions(house), key=lambda each: each[1])
    return {
        "files in the fullest folder": str(max(folders.values())),
        "files in the fullest folder of tests": str(max(house.test_folders.values())),
        "product files": str(len(sizes)),
        "lines of the median product file": f"{median(sizes):.0f}",
        f"files under {SHORT_LINES} lines": f"{short} ({short / len(sizes):.0%})",
        "modules with a single importer": f"{single / len(sizes):.0%}",
        "lines of product code": f"{house.code_lines:,}",
        "test lines for each line of code": f"{house.test_lines / house.code_lines:.2f}",
        "lines of the longest function": f"{longest[1]} ({longest[0]})",
    }


def importers(house: House) -> dict[str, set[str]]:
    """Which modules import each one."""
    names = {module.name for module in house.modules}
    found: defaultdict[str, set[str]] = defaultdict(set)
    for module in house.modules:
        for name in _imported(module.tree):
            known = name if name in names else name.rpartition(".")[0]
            found[known].add(module.name)
    return {name: users - {name} for name, users in found.items() if name in names}


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (f"{alias.name}." for alias in node.names)


def functions(house: House) -> Iterator[tuple[str, int]]:
    """Each function with the lines that it takes, its signature and docstring among them."""
    for module in house.modules:
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                yield f"{module.name.rpartition('.')[2]}.{node.name}", lines


def by_folder(house: House) -> dict[str, int]:
    """Lines of the product by folder, two levels deep."""
    lines: Counter[tuple[str, ...]] = Counter()
    for module in house.modules:
        lines[module.path.relative_to(house.root).parts[:-1][:2]] += module.lines
    return {"/".join(folder): lines[folder] for folder in sorted(lines)}


def table(columns: dict[str, House]) -> str:
    """One row a measure, one column a commit."""
    figures = {title: measures(house) for title, house in columns.items()}
    rows = [["", *figures], ["---"] * (len(figures) + 1)]
    rows += [
        [name, *(each[name] for each in figures.values())] for name in next(iter(figures.values()))
    ]
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def at_commit(commit: str, folder: Path) -> House:
    """What the tree was then. Raises CalledProcessError where git has no such commit."""
    git = ("git", "archive", commit)
    archive = subprocess.run(git, cwd=ROOT, check=True, capture_output=True)
    subprocess.run(["tar", "-x", "-C", folder], input=archive.stdout, check=True)
    return read(folder)


def folders(house: House) -> str:
    """Lines of the product by folder."""
    rows = (f"| {folder} | {lines:,} |" for folder, lines in by_folder(house).items())
    return "\n".join(("| folder | lines |", "| --- | --- |", *rows))


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    arguments.add_argument("--beside", metavar="COMMIT", help="an earlier commit")
    arguments.add_argument("--keep", action="store_true", help="put the tables into the page")
    given = arguments.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        before = {given.beside: at_commit(given.beside, Path(folder))} if given.beside else {}
        now = read(ROOT)
        text = f"{table({**before, 'now': now})}\n\n{folders(now)}"
    if given.keep:
        put_into("structure", text)
    print(text)


if __name__ == "__main__":
    main()
