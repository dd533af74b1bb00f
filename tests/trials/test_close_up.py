"""The table of two versions side by side."""

from trials.kill.beside import CLOSE_UP, TRIALS, table


def row(kind: str, way: str, seconds: float) -> dict[str, object]:
    concerns = ("fault", "platform", "ready", "released")
    return {"kind": kind, "way": way, **dict.fromkeys(concerns, seconds)}


def test_each_promise_has_a_line_with_both_versions_and_its_goal() -> None:
    before = [row("error", "killed", at) for at in (5.0, 6.0)]
    now = [row("error", "killed", 0.25), row("error", "stopped", 8.5)]

    lines = table(CLOSE_UP, before, now).splitlines()

    assert "faults in the backend are off | 2 | 5.50 | 5.99 | 6.00 | 1 | 0.25 | 0.25" in lines[2]
    assert lines[2].endswith("| 0.5 |")
    assert "runner stopped" in lines[-1]
    assert "| 0 | – | – | – | 1 | 8.50 | 8.50 | 8.50 | 10 |" in lines[-1]


def test_a_trial_that_could_not_be_carried_out_proves_nothing() -> None:
    seconds = dict.fromkeys(
        ("fault_seconds", "load_seconds", "lock_seconds", "ledger_seconds"), 19.0
    )
    broken = {"way": "kill-flow", "problem": "it never came to undo", **seconds}
    kept = {"way": "kill-flow", "problem": "", **seconds, "fault_seconds": None}

    lines = table(TRIALS, [broken], [broken, kept]).splitlines()

    assert "the lock is free | 0 | – | – | – | 1 | 19.00 | 19.00 | 19.00 | 2 |" in lines[4]
    assert "no replica carries a fault | 0 | – | – | – | 0 |" in lines[2]
