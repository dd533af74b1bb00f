"""Undo entries as text: what was written once can be read for ever, and nothing else is guessed."""

import json
from datetime import UTC, datetime

import pytest

from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.stack.undo import Change, UndoAction, UndoEntry
from ironclad.domain.stack.undo_format import entry_from_json, entry_to_json

MOMENT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BEFORE = {"replicas": "1", "managed fields": "[]", "ключ": "“значение”"}
ENTRY = UndoEntry(
    id="run-down",
    run="run",
    action=UndoAction.RESTORE,
    targets=("postgres",),
    lease_until=MOMENT,
    deadline=MOMENT,
    who="me",
    why="a test",
    change=Change(kind=FaultKind.POSTGRES_DOWN, targets=("postgres",), before=BEFORE),
)

FIRST = """{
  "id": "run-errors", "run": "run", "action": "disarm", "targets": ["backend-0"],
  "lease_until": "2026-11-23T08:00:00Z", "deadline": "2026-11-23T08:00:00+00:00",
  "who": "me", "why": "a test"
}"""
"""As the first format had it, which carried no number."""


def test_what_is_written_is_read_again() -> None:
    assert entry_from_json(entry_to_json(ENTRY)) == ENTRY


def test_an_entry_of_the_first_format_is_read() -> None:
    entry = entry_from_json(FIRST)

    assert (entry.id, entry.action, entry.change) == ("run-errors", UndoAction.DISARM, None)
    assert entry.lease_until == entry.deadline == MOMENT


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"format": 3}, "its format is 3, and this Ironclad reads up to 2", id="newer"),
        pytest.param({"action": "explode"}, "not a valid UndoAction", id="unknown action"),
        pytest.param({"targets": [7]}, "7 should be text", id="no text"),
        pytest.param({"targets": "abc"}, "should be a list", id="no list"),
        pytest.param({"deadline": "2026-11-23T08:00:00"}, "has no zone", id="no zone"),
        pytest.param({"change": []}, "should be an object", id="no change"),
        pytest.param({"change": {"kind": "lunch"}}, "not a valid FaultKind", id="unknown kind"),
    ],
)
def test_what_cannot_be_understood_is_not_guessed(changes: dict[str, object], said: str) -> None:
    text = json.dumps({**json.loads(entry_to_json(ENTRY)), **changes})

    with pytest.raises((ValueError, KeyError, TypeError), match=said):
        entry_from_json(text)


@pytest.mark.parametrize("text", ["", "[]", "7", "null", '{"id": "x"}', '{"format": "x"}'])
def test_what_is_no_entry_is_an_error_that_a_ledger_knows(text: str) -> None:
    with pytest.raises((ValueError, KeyError, TypeError)):
        entry_from_json(text)
