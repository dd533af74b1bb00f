"""Game days that never began are remembered with their reason."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ironclad import wiring
from ironclad.adapters.runs.history import NOT_RUN_FILE, NotRun
from ironclad.domain.evidence.journal import Status
from ironclad.domain.evidence.outcome import ExitCode
from ironclad.errors import BusyError, RefusedError, TooLateError
from ironclad.settings import settings
from tests.fakes.load.bursts import error_burst


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("IRONCLAD_REPORTS", str(tmp_path / "reports"))
    settings.cache_clear()
    yield tmp_path / "reports"
    settings.cache_clear()


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (TooLateError(("it was due at noon",)), Status.SKIPPED),
        (RefusedError(("halted", "frozen")), Status.REFUSED),
        (BusyError("somebody holds the stack"), Status.REFUSED),
    ],
)
def test_the_history_names_it_with_its_reason(
    reports: Path, error: RefusedError | BusyError, status: Status
) -> None:
    outcome = wiring.refusal(error_burst(), error)

    (row,) = NotRun(reports).rows()
    assert (outcome.status, outcome.exit_code) == (status, ExitCode.NOT_RUN)
    assert (row["status"], row["reason"], row["verdict"]) == (status, str(error), None)
    assert row["experiment"] == "error-burst"


def test_a_torn_line_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / NOT_RUN_FILE).write_text('{"id": "a"}\n[]\n{"id": "b"')

    assert [row["id"] for row in NotRun(tmp_path).rows()] == ["a"]


def test_before_anything_was_refused_there_is_nothing(tmp_path: Path) -> None:
    assert NotRun(tmp_path / "nowhere").rows() == []
