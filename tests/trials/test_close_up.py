"""The table of two versions side by side."""

from trials.kill.close_up_table import table


def row(kind: str, way: str, seconds: float) -> dict[str, object]:
    concerns = ("fault", "platform", "ready", "released")
    return {"kind": kind, "way": way, **dict.fromkeys(concerns, seconds)}


def test_each_promise_has_a_line_with_both_versions_and_its_goal() -> None:
    before = [row("error", "killed", at) for at in (5.0, 6.0)]
    now = [row("error", "killed", 0.25), row("error", "stopped", 8.5)]

    lines = table(before, now).splitlines()

    assert "the backend's faults are off | 2 | 5.50 | 5.99 | 6.00 | 1 | 0.25 | 0.25" in lines[2]
    assert lines[2].endswith("| 0.5 |")
    assert "runner stopped" in lines[-1]
    assert "| 0 | – | – | – | 1 | 8.50 | 8.50 | 8.50 | 10 |" in lines[-1]
