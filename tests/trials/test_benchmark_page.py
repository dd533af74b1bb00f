"""The page of benchmarks: one that was measured alone replaces itself and nothing else."""

import json
from pathlib import Path

from trials.bench import document
from trials.bench.benchmark import Benchmark, Ran, Result
from trials.bench.registry import BENCHMARKS
from trials.bench.rows import Row

ORDER = ["first", "second"]


def ran(name: str, ours: float) -> Ran:
    row = Row(name="rate", ours=ours, unit="requests/s", peer="a peer", theirs=2.0, ratio=ours / 2)
    result = Result([row], ["Said of it."])
    return Ran(Benchmark(name=name, about="About it.", measure=lambda: result), 5.0, result)


def test_one_benchmark_replaces_its_own_section_and_rows(tmp_path: Path) -> None:
    page, rows = tmp_path / "page.md", tmp_path / "latest.json"
    document.write([ran("second", 2.0), ran("first", 1.0)], "all", ORDER, page=page, rows=rows)
    document.write([ran("second", 3.0)], "one", ORDER, page=page, rows=rows)
    sections = document.kept(page)
    assert list(sections) == ORDER
    assert "`all` on " in sections["first"]
    assert "`one` on " in sections["second"]
    assert "| rate | 3 | requests/s | a peer | 2 | 1.5 |" in sections["second"]
    found = json.loads(rows.read_text())
    assert [(row["name"], row["ours"]) for row in found] == [
        ("first: rate", 1.0),
        ("second: rate", 3.0),
    ]


def test_the_page_that_is_kept_has_only_sections_that_can_be_measured() -> None:
    assert set(document.kept(document.PAGE)) <= {each.name for each in BENCHMARKS}
