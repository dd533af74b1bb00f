"""All that a run saw in one file, `evidence.tar.gz`, from which its verdict can be worked out anew.

The same evidence gives the same bytes: members in name order, no times, no owners. A bundle may
come from anywhere, so nothing is unpacked to disk, only known names are read, what they unpack to
is bounded, and each must have the checksum that `SHA256SUMS` gives. That shows damage; who made a
bundle it cannot show.
"""

import gzip
import hashlib
import io
import json
import tarfile
import zlib
from collections.abc import Mapping
from pathlib import Path

from ironclad.adapters._bundle_queries import queries_text
from ironclad.adapters._evidence_files import (
    EVIDENCE,
    LEDGER,
    READABLE_BY_ALL,
    evidence_from,
    evidence_text,
    ledger_text,
)
from ironclad.adapters._files import told, write_atomically
from ironclad.domain.evidence import Evidence
from ironclad.errors import StateError

BUNDLE = "evidence.tar.gz"
VERDICT = "verdict.json"
QUERIES = "queries.json"
VERSIONS = "versions.json"
SUMS = "SHA256SUMS"

MOST_BYTES = 512 * 2**20
"""Unpacked, all members together: some three million requests."""

_KNOWN = frozenset({EVIDENCE, LEDGER, VERDICT, QUERIES, VERSIONS, SUMS})
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
    with told("read", path), path.open("rb") as file:
        try:
            return _read_tar(path, _bounded(path, gzip.GzipFile(fileobj=file)))
        except _UNREADABLE as error:
            raise StateError(f"{path} is damaged or no bundle of a game day: {error}") from error


def _bounded(path: Path, unpacked: gzip.GzipFile) -> bytes:
    """Unpack no more than a bundle may hold: a few kilobytes can hide many gigabytes."""
    content = unpacked.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise StateError(f"{path} holds more than {MOST_BYTES // 2**20} MB, which no bundle does")
    return content


def _read_tar(path: Path, content: bytes) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        for member in archive:
            if member.name not in _KNOWN or not member.isfile() or member.name in found:
                raise StateError(f"{path} is no bundle of a game day: it holds {member.name!r}")
            file = archive.extractfile(member)
            found[member.name] = file.read() if file else b""
    return found


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
