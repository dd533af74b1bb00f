"""All that a run saw in one file, `evidence.tar.gz`, from which its verdict can be worked out anew.

The same evidence gives the same bytes: members in name order, no times, no owners. A bundle may
come from anywhere. So nothing is unpacked to disk, only plain files of known names are read, and
each size is checked before its content is read. Each must have the checksum that `SHA256SUMS`
gives. That shows damage; who made a bundle it cannot show.
"""

import gzip
import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from ironclad.adapters.files.atomic import explained, write_atomically
from ironclad.adapters.prometheus import promql
from ironclad.adapters.runs.evidence_files import (
    EVIDENCE,
    LEDGER,
    MOST_EVIDENCE_BYTES,
    MOST_LEDGER_BYTES,
    READABLE_BY_ALL,
    evidence_from,
    evidence_text,
    ledger_text,
)
from ironclad.domain.evidence.evidence import Evidence, MetricsWindow
from ironclad.errors import StateError

BUNDLE = "evidence.tar.gz"
VERDICT = "verdict.json"
QUERIES = "queries.json"
VERSIONS = "versions.json"
SUMS = "SHA256SUMS"

_SMALL = 2**20
_MOST_BYTES: Mapping[str, int] = {
    EVIDENCE: MOST_EVIDENCE_BYTES,
    LEDGER: MOST_LEDGER_BYTES,
    VERDICT: _SMALL,
    QUERIES: _SMALL,
    VERSIONS: _SMALL,
    SUMS: _SMALL,
}
"""The members that a bundle may hold, each once, and the most that each unpacks to."""

_BLOCK = tarfile.BLOCKSIZE
_PLAIN = frozenset({tarfile.REGTYPE, tarfile.AREGTYPE})
"""Neither links nor sparse files, whose declared size is not what is stored, nor long names."""
_UNREADABLE = (EOFError, gzip.BadGzipFile, zlib.error, tarfile.TarError, ValueError)


def write_bundle(path: Path, evidence: Evidence, verdict: str) -> None:
    """Replace it as a whole; `verdict` is the text to keep beside. Raises StateError."""
    write_atomically(path, bundle_bytes(evidence, verdict), READABLE_BY_ALL)


def read_bundle(path: Path) -> tuple[Evidence, str]:
    """Give the evidence and the verdict that was kept. Raises StateError that names the damage."""
    members = _checked(path, _members(path))
    for name in (EVIDENCE, VERDICT):
        if name not in members:
            raise StateError(f"{path} is no bundle of a game day: {name} is not in it")
    texts = {name: content.decode("utf-8", "replace") for name, content in members.items()}
    evidence = evidence_from(texts[EVIDENCE], texts.get(LEDGER), path / EVIDENCE)
    return evidence, texts[VERDICT]


def bundle_bytes(evidence: Evidence, verdict: str) -> bytes:
    members = {
        EVIDENCE: evidence_text(evidence),
        VERDICT: verdict,
        QUERIES: queries_text(evidence),
        VERSIONS: json.dumps(dict(sorted(evidence.versions.items())), indent=1) + "\n",
    }
    if evidence.load is not None:
        members[LEDGER] = ledger_text(evidence.load.attempts)
    contents = {name: text.encode("utf-8", "replace") for name, text in members.items()}
    contents[SUMS] = _sums(contents)
    return gzip.compress(_tar(contents), compresslevel=6, mtime=0)


def _tar(contents: Mapping[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in sorted(contents.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), READABLE_BY_ALL
            archive.addfile(member, io.BytesIO(content))
    return out.getvalue()


def _sums(contents: Mapping[str, bytes]) -> bytes:
    """Write them as `sha256sum --check` reads them."""
    lines = (f"{_sum(content)}  {name}\n" for name, content in sorted(contents.items()))
    return "".join(lines).encode()


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _members(path: Path) -> dict[str, bytes]:
    with explained("read", path), path.open("rb") as file, gzip.GzipFile(fileobj=file) as unpacked:
        try:
            return dict(_plain_files(path, cast("BinaryIO", unpacked)))
        except _UNREADABLE as error:
            raise StateError(f"{path} is damaged or no bundle of a game day: {error}") from error


def _plain_files(path: Path, archive: BinaryIO) -> Iterator[tuple[str, bytes]]:
    """Read member by member: no more is unpacked than what a header that was accepted declares."""
    found: set[str] = set()
    while (header := archive.read(_BLOCK)).strip(b"\0") or not header:
        member = tarfile.TarInfo.frombuf(header, "utf-8", "surrogateescape")
        _refuse_strange(path, member, found)
        found.add(member.name)
        yield member.name, _exactly(archive, member.size)
        _exactly(archive, -member.size % _BLOCK)
    if archive.read(tarfile.RECORDSIZE).strip(b"\0") or archive.read(1):
        raise StateError(f"{path} is no bundle of a game day: something follows its end")


def _refuse_strange(path: Path, member: tarfile.TarInfo, found: set[str]) -> None:
    most = _MOST_BYTES.get(member.name)
    if most is None or member.type not in _PLAIN or member.name in found:
        raise StateError(f"{path} is no bundle of a game day: it holds {member.name!r}")
    if not 0 <= member.size <= most:
        raise StateError(
            f"{path} is no bundle of a game day: {member.name} declares {member.size:,} bytes, and"
            f" {most:,} are the most"
        )


def _exactly(archive: BinaryIO, size: int) -> bytes:
    content = archive.read(size)
    if len(content) != size:
        raise EOFError("it ends too early")
    return content


def _checked(path: Path, members: Mapping[str, bytes]) -> Mapping[str, bytes]:
    contents = {name: content for name, content in members.items() if name != SUMS}
    if SUMS not in members:
        raise StateError(f"{path} is no bundle of a game day: {SUMS} is not in it")
    kept = _listed(members[SUMS])
    if missing := sorted(kept.keys() ^ contents.keys()):
        raise StateError(f"{path} was changed: {missing[0]} is not what {SUMS} lists")
    for name, content in contents.items():
        if kept[name] != _sum(content):
            raise StateError(f"{path} was changed: {name} has another checksum than when written")
    return contents


def _listed(content: bytes) -> dict[str, str]:
    """Give the checksum of each name."""
    lines = (line.partition("  ") for line in content.decode("utf-8", "replace").splitlines())
    return {name: checksum for checksum, _, name in lines}


def queries_text(evidence: Evidence) -> str:
    return json.dumps(list(_queries(evidence)), indent=1, ensure_ascii=False) + "\n"


def _queries(evidence: Evidence) -> Iterator[dict[str, Any]]:
    for window in evidence.windows:
        yield from _of_window(evidence, window)
    names = [sighting.name for sighting in evidence.alerts]
    if names and evidence.windows:
        start, end = evidence.windows[0].start, evidence.windows[0].end
        states = promql.raw_samples(promql.alert_states(names), end - start)
        yield _query("states of alerts", states, end)
        yield _query("alerts that fired before", promql.firing(names), start)


def _of_window(evidence: Evidence, window: MetricsWindow) -> Iterator[dict[str, Any]]:
    for objective in evidence.plan.objectives:
        if objective.name != window.objective:
            continue
        for part, selector in objective.indicator.selectors.items():
            query = promql.raw_samples(selector, window.end - window.start)
            yield _query(f"{part} events of {objective.name}", query, window.end)


def _query(purpose: str, query: str, at: float) -> dict[str, Any]:
    moment = datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds")
    return {"purpose": purpose, "query": query, "at": moment}
