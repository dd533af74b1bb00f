"""Evidence on disk: `evidence.json` beside `ledger.csv`, enough to judge a run anew, offline.

It may be a stranger's: its size, its values and its rows are counted before they become objects.

Numbers that JSON does not know (a NaN in a raw sample) are written as text, as Prometheus does.
Reading turns them back.
"""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ironclad.adapters.files.atomic import explained, make_folder, write_atomically
from ironclad.adapters.load.ledger_file import ledger_from
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.experiment.experiment import Experiment
from ironclad.domain.experiment.pacer import AnyPacer, Constant, Ramp, Steps
from ironclad.domain.load.load import Attempt, LoadResult
from ironclad.domain.load.wire_format import LEDGER_COLUMNS, attempt_to_row
from ironclad.errors import StateError

VERSION = "1.0"
EVIDENCE = "evidence.json"
LEDGER = "ledger.csv"
READABLE_BY_ALL = 0o644

MOST_EVIDENCE_BYTES = 64 * 2**20
MOST_VALUES = 2_000_000
"""Values in `evidence.json`: a day of 60 series that are read every five seconds."""
MOST_LEDGER_BYTES = 448 * 2**20
MOST_ROWS = 5_000_000
"""As many requests as an experiment may offer; each takes some 900 bytes of memory."""
LONGEST = timedelta(days=7)
"""From a run's beginning to its end."""
MOST_RATE = 1_000_000.0

_EVIDENCE = TypeAdapter(Evidence)


def write_evidence(folder: Path, evidence: Evidence) -> None:
    """Replace each file as a whole. Raises StateError, on a full disk for example."""
    make_folder(folder, 0o755)
    if evidence.load is not None:
        ledger = ledger_text(evidence.load.attempts).encode()
        write_atomically(folder / LEDGER, ledger, READABLE_BY_ALL)
    write_atomically(folder / EVIDENCE, evidence_text(evidence).encode(), READABLE_BY_ALL)


def read_evidence(folder: Path) -> Evidence:
    """Raises StateError that names the file and what is wrong with it."""
    path, ledger = folder / EVIDENCE, folder / LEDGER
    with explained("read", path):
        text = path.read_text(encoding="utf-8", errors="replace")
    rows = ledger.read_text("utf-8", "replace") if ledger.is_file() else None
    return evidence_from(text, rows, path)


def evidence_from(text: str, rows: str | None, path: Path) -> Evidence:
    """Read both texts, which `path` is where they lie. Raises StateError."""
    _refuse_too_many(path, "values", _values(text), MOST_VALUES)
    _refuse_too_many(path.parent / LEDGER, "rows", (rows or "").count("\n"), MOST_ROWS)
    evidence = _parsed(path, text)
    if evidence.load is not None:
        evidence = replace(evidence, load=_with_rows(evidence.load, rows, path.parent / LEDGER))
    if wrong := _implausible(evidence):
        raise StateError(f"{path} is not the evidence of a game day: {wrong}")
    return evidence


def _values(text: str) -> int:
    """Count no fewer than there are: what opens, and what separates, wherever it stands."""
    return sum(map(text.count, "[{,"))


def _refuse_too_many(path: Path, what: str, number: int, most: int) -> None:
    if number > most:
        raise StateError(f"{path} has {number:,} {what}, and {most:,} are the most")


def _implausible(evidence: Evidence) -> str:
    """Say which figure is larger than any game day's: what is drawn and counted grows with it."""
    if not all(timedelta() <= span <= LONGEST for span in _spans(evidence.plan.experiment)):
        return f"its experiment lasts more than {LONGEST.days} days"
    if not all(0 <= rate <= MOST_RATE for rate in _rates(evidence.plan.experiment.load.pacer)):
        return f"its load is no rate up to {MOST_RATE:,.0f} requests a second"
    begin, end = evidence.started_at - LONGEST, evidence.started_at + LONGEST
    if not all(begin <= at <= end for at in _moments(evidence)):
        return f"it tells of moments more than {LONGEST.days} days away from its beginning"
    low, high = begin.timestamp(), end.timestamp()
    rows = evidence.load.attempts if evidence.load else ()
    if not all(low <= at <= high for row in rows for at in _times(row)):
        return f"a request is more than {LONGEST.days} days away from its beginning"
    return ""


def _spans(experiment: Experiment) -> Iterator[timedelta]:
    phases = experiment.phases
    yield from (phases.baseline, phases.recovery, phases.settle, experiment.load.timeout)
    yield from (span for fault in experiment.faults for span in (fault.at, fault.duration))


def _rates(pacer: AnyPacer) -> Iterator[float]:
    match pacer:
        case Constant():
            yield pacer.rate
        case Ramp():
            yield from (pacer.start_rate, pacer.end_rate)
        case Steps():
            yield from (step.rate for step in pacer.steps)


def _times(row: Attempt) -> tuple[float, float, float]:
    return row.intended_at, row.sent_at, row.answered_at


def _moments(evidence: Evidence) -> Iterator[datetime]:
    yield evidence.finished_at
    yield from (mark.at for mark in evidence.marks)
    yield from (at for span in evidence.phases for at in (span.started_at, span.ended_at) if at)


def evidence_text(evidence: Evidence) -> str:
    """Write everything but the ledger, in the order of the fields."""
    plain = _EVIDENCE.dump_python(evidence, mode="json", exclude={"load": {"attempts"}})
    document = {"schema_version": VERSION, "evidence": _spelt(plain)}
    text = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    return text.encode("utf-8", "replace").decode()


def ledger_text(attempts: Iterable[Attempt]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(LEDGER_COLUMNS)
    writer.writerows(attempt_to_row(attempt) for attempt in attempts)
    return out.getvalue()


def _spelt(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _spelt(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_spelt(each) for each in value]
    return str(value) if isinstance(value, float) and not math.isfinite(value) else value


def _parsed(path: Path, text: str) -> Evidence:
    try:
        document = json.loads(text)
        version, plain = document["schema_version"], document["evidence"]
        if plain["load"] is not None:
            plain["load"]["attempts"] = []
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise StateError(f"{path} is damaged: it is not the evidence of a game day") from error
    if version != VERSION:
        raise StateError(f"{path} has the version {version!r}, and {VERSION!r} can be read")
    return _validated(path, plain)


def _validated(path: Path, plain: Any) -> Evidence:
    try:
        return _EVIDENCE.validate_python(plain)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise StateError(f"{path} is damaged at {where}: {first['msg']}") from None


def _with_rows(load: LoadResult, rows: str | None, path: Path) -> LoadResult:
    attempts, unreadable = ledger_from(rows or "")
    if unreadable or rows is None:
        raise StateError(f"{path} is damaged: {unreadable or 'all'} of its rows cannot be read")
    return replace(load, attempts=attempts)
