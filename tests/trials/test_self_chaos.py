"""The cases of self-chaos that need no stack, and what is said of the others."""

from pathlib import Path

import pytest

from trials.harness import pages
from trials.self_chaos import record
from trials.self_chaos.__main__ import CASES
from trials.self_chaos.case import Part, Place, Row
from trials.self_chaos.parts import PARTS
from trials.self_chaos.playing import unclear
from trials.self_chaos.table import markdown

IN_MEMORY = [part for part in PARTS if part.place is Place.MODEL]
SOUND = {"status": "COMPLETED", "verdict": "INCONCLUSIVE", "reason": "the load was lost"}


@pytest.mark.parametrize("part", IN_MEMORY, ids=lambda part: part.name)
async def test_a_case_in_memory_ends_clearly(part: Part) -> None:
    assert await part.play()


def test_there_are_as_many_cases_as_promised_each_under_a_name_of_its_own() -> None:
    names = {each.name for each in CASES} | {each.name for each in PARTS}
    assert len(names) == len(CASES) + len(PARTS) >= 25


@pytest.mark.parametrize(
    ("code", "report", "said", "problem"),
    [
        pytest.param(3, SOUND, "INCONCLUSIVE", "", id="a report"),
        pytest.param(4, None, "no: the janitor is silent", "", id="refused before it began"),
        pytest.param(-9, SOUND, "", "", id="killed, and somebody wrote the report"),
        pytest.param(3, {**SOUND, "reason": ""}, "x", "gives no reason", id="no reason"),
        pytest.param(2, {}, "x", "has no report", id="begun and never reported"),
        pytest.param(4, None, "", "said nothing", id="refused without a word"),
        pytest.param(139, SOUND, "Segmentation fault", "exit code 139", id="crashed"),
    ],
)
def test_an_ending_is_clear_or_it_is_said_why_not(
    code: int, report: dict[str, object] | None, said: str, problem: str
) -> None:
    found = unclear(code, report, said)
    assert problem in found
    assert bool(found) is bool(problem)


def test_a_case_that_left_something_stands_out_in_the_table() -> None:
    rows = [
        Row(name="one", place=Place.STACK, outcome="a | b", fault_free_seconds=1.25),
        Row(name="two", place=Place.MODEL, outcome="", problem="a fault left over"),
    ]
    text = markdown(rows, ["- Machine: this one"])
    assert "1 of 2 cases" in text
    assert "| one | real stack | a \\| b | 1.2 s |" in text
    assert "**NOT WELL**: a fault left over" in text


def test_a_case_that_was_played_alone_takes_the_place_of_its_last_time(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- self-chaos -->\n<!-- /self-chaos -->\n", encoding="utf-8")
    path = tmp_path / "rows.json"
    first = [Row(name=name, place=Place.STACK, outcome="before") for name in ("one", "two")]
    record.keep(first, ["one", "two"], "-", path=path, page=page)
    again = Row(name="two", place=Place.STACK, outcome="now", fault_free_seconds=0.5)
    assert record.keep([again], ["one", "two"], "-", path=path, page=page) == [first[0], again]
    assert list(record.read(path).values()) == [first[0], again]
    assert "| two | real stack | now | 0.5 s |" in page.read_text(encoding="utf-8")


def test_figures_replace_those_before_them_and_nothing_else(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- x -->\nold\n<!-- /x -->\nafter\n", encoding="utf-8")
    pages.put_into("x", r"new \1", page)
    text = page.read_text(encoding="utf-8")
    assert text == "before\n<!-- x -->\n\nnew \\1\n\n<!-- /x -->\nafter\n"
    with pytest.raises(ValueError, match="has no <!-- y -->"):
        pages.put_into("y", "new", page)


@pytest.mark.parametrize("name", ["self-chaos", "soak", "fuzz", "kill-trials"])
def test_each_page_has_a_place_for_its_table(name: str) -> None:
    assert f"<!-- {name} -->" in (pages.RESULTS / f"{name}.md").read_text(encoding="utf-8")
