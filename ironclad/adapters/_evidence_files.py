"""Evidence on disk: `evidence.json` beside `ledger.csv`, enough to judge a run anew, offline.

Numbers that JSON does not know (a NaN in a raw sample) are written as Prometheus writes them, as
text; reading turns them back into what they were.
"""

import csv
import io
import json
import math
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from ironclad.adapters._files import make_folder, told, write_atomically
from ironclad.adapters._load_ledger import ledger_from
from ironclad.domain.evidence import Evidence
from ironclad.domain.load import Attempt, LoadResult
from ironclad.domain.load_format import LEDGER_COLUMNS, attempt_to_row
from ironclad.errors import StateError

VERSION = "1.0"
EVIDENCE = "evidence.json"
LEDGER = "ledger.csv"
READABLE_BY_ALL = 0o644

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
    with told("read", path):
        text = path.read_text(encoding="utf-8", errors="replace")
    rows = ledger.read_text("utf-8", "replace") if ledger.is_file() else None
    return evidence_from(text, rows, path)


def evidence_from(text: str, rows: str | None, path: Path) -> Evidence:
    """Read both texts, which `path` is where they lie. Raises StateError."""
    evidence = _parsed(path, text)
    if evidence.load is None:
        return evidence
    return replace(evidence, load=_with_rows(evidence.load, rows, path.parent / LEDGER))


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
