"""One file with all that a run saw: the same verdict from it, and one sentence for a bad one."""

import gzip
import hashlib
import io
import json
import tarfile
import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ironclad.adapters.runs import evidence_files
from ironclad.adapters.runs.bundle import bundle_bytes, read_bundle
from ironclad.adapters.runs.report_files import write_report
from ironclad.adapters.runs.reports import judge_again
from ironclad.cli.app import app
from ironclad.cli.terminal.console import err
from ironclad.domain.evidence.evidence import Evidence
from ironclad.domain.evidence.journal import Status
from ironclad.errors import StateError
from tests.fakes.game_day.evidence import Scenario, evidence_of, sound_evidence

SMALL = Scenario(rate=20.0, target=0.99, at_most_ratio=0.02)
BAD = replace(SMALL, failing=(76.0, 200.0, 0.2))


def written(folder: Path, evidence: Evidence) -> Path:
    """Write a run's report, as at its end; gives its bundle."""
    write_report(folder / evidence.plan.run, evidence)
    return folder / evidence.plan.run / "evidence.tar.gz"


def members(bundle: Path) -> dict[str, bytes]:
    with tarfile.open(bundle) as archive:
        return {one.name: file.read() for one in archive if (file := archive.extractfile(one))}


@pytest.mark.parametrize("scenario", [SMALL, BAD], ids=["upheld", "deviated"])
def test_the_bundle_alone_makes_the_same_report(tmp_path: Path, scenario: Scenario) -> None:
    bundle = written(tmp_path, evidence_of(scenario))
    report = json.loads(bundle.with_name("report.json").read_bytes())
    elsewhere = tmp_path / "elsewhere.tar.gz"
    bundle.rename(elsewhere)
    again = judge_again(elsewhere)
    assert again.now == again.kept
    assert again.report.model_dump(mode="json") == report
    assert json.loads(again.now) == {key: report[key] for key in json.loads(again.now)}


def test_the_same_evidence_makes_the_same_bytes() -> None:
    assert bundle_bytes(sound_evidence(), "v") == bundle_bytes(sound_evidence(), "v")
    assert gzip.decompress(bundle_bytes(sound_evidence(), "v"))


def test_everything_that_was_seen_and_asked_is_in_it(tmp_path: Path) -> None:
    found = members(written(tmp_path, evidence_of(SMALL)))
    queries = json.loads(found["queries.json"])
    assert {"purpose", "query", "at"} == set(queries[0])
    assert any("http_requests_total" in one["query"] for one in queries)
    assert json.loads(found["versions.json"])["ironclad"]
    assert found["ledger.csv"].count(b"\n") > 1000
    plan = json.loads(found["evidence.json"])["evidence"]["plan"]
    assert plan["experiment"]["faults"][0]["seed"] == 1
    assert not list((tmp_path).rglob("ledger.csv")), "it lies nowhere else"


def repacked(bundle: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    contents = members(bundle)
    change(contents)
    with tarfile.open(bundle, "w:gz") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


def truncated(bundle: Path) -> None:
    bundle.write_bytes(bundle.read_bytes()[:-2000])


def flipped(bundle: Path) -> None:
    content = bytearray(bundle.read_bytes())
    content[len(content) // 2] ^= 0xFF
    bundle.write_bytes(content)


def better_status(contents: dict[str, bytes]) -> None:
    contents["ledger.csv"] = contents["ledger.csv"].replace(b",503,", b",200,")


def stripped(name: str) -> Callable[[Path], None]:
    return lambda bundle: repacked(bundle, lambda contents: contents.__delitem__(name))


def with_member(member: tarfile.TarInfo) -> Callable[[Path], None]:
    def add(bundle: Path) -> None:
        with tarfile.open(bundle, "w:gz") as archive:
            archive.addfile(member, io.BytesIO(b"x" * member.size))

    return add


def traversing() -> tarfile.TarInfo:
    member = tarfile.TarInfo("../../etc/cron.d/evil")
    member.size = 5
    return member


def linked() -> tarfile.TarInfo:
    member = tarfile.TarInfo("evidence.json")
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return member


def bomb(bundle: Path) -> None:
    """Some kilobytes that unpack to a hundred times as much of nothing."""
    with gzip.open(bundle, "wb", compresslevel=1) as file:
        for _ in range(20):
            file.write(bytes(2**20))


def nested(bundle: Path) -> None:
    deep = b'{"schema_version": "1.0", "evidence": ' + b"[" * 200_000
    repacked(bundle, lambda contents: contents.update({"evidence.json": deep}))


def declaring(size: int, name: str = "evidence.json", kind: bytes = tarfile.REGTYPE) -> bytes:
    """Give an archive of one header, which declares much more than follows."""
    member = tarfile.TarInfo(name)
    member.size, member.type = size, kind
    return gzip.compress(member.tobuf(tarfile.GNU_FORMAT) + bytes(2 * tarfile.BLOCKSIZE))


def sparse() -> bytes:
    """Old GNU sparse: 0 bytes stored, 3.2 GB declared, 83 bytes in all."""
    header = bytearray(gzip.decompress(declaring(0, kind=tarfile.GNUTYPE_SPARSE))[:512])
    header[483:495] = b"%011o\0" % 3_200_000_000
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return gzip.compress(bytes(header) + bytes(2 * tarfile.BLOCKSIZE))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (sparse(), "it holds 'evidence.json'"),
        (declaring(10**12), "evidence.json declares 1,000,000,000,000 bytes"),
        (declaring(2**20 + 1, "SHA256SUMS"), "1,048,576 are the most"),
        (declaring(10**12, "././@LongLink", tarfile.GNUTYPE_LONGNAME), "it holds '././@LongLink'"),
        (declaring(10**12, "x", tarfile.XHDTYPE), "it holds 'x'"),
        (declaring(0, "evidence.json", tarfile.LNKTYPE), "it holds 'evidence.json'"),
        (declaring(0, "evidence.json", tarfile.DIRTYPE), "it holds 'evidence.json"),
        (gzip.compress(gzip.decompress(declaring(0))[:512] * 9), "it holds 'evidence.json'"),
        (declaring(2**20, "versions.json"), "it ends too early"),
        (gzip.compress(bytes(11_000)), "something follows its end"),
        (declaring(0) + declaring(0, "versions.json"), "something follows its end"),
    ],
    ids=[
        *("gnu sparse", "huge", "large sums", "long name", "pax", "hard link", "folder"),
        *("many members", "short", "zeros behind the end", "two gzip streams"),
    ],
)
def test_a_size_that_a_bundle_declares_is_refused_before_it_takes_memory(
    tmp_path: Path, content: bytes, said: str
) -> None:
    """An 83-byte archive with a GNU sparse member once took 3.2 GB."""
    bundle = tmp_path / "evidence.tar.gz"
    bundle.write_bytes(content)
    tracemalloc.start()
    with pytest.raises(StateError, match=said):
        read_bundle(bundle)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 3 * 2**20


def sealed(path: Path, evidence: Evidence, change: Callable[[dict[str, bytes]], None]) -> Path:
    """Write a bundle with something changed, and with the checksums of what was changed."""
    path.write_bytes(bundle_bytes(evidence, "{}\n"))
    contents = members(path)
    change(contents)
    names = sorted(contents.keys() - {"SHA256SUMS"})
    sums = (f"{hashlib.sha256(contents[name]).hexdigest()}  {name}\n" for name in names)
    contents["SHA256SUMS"] = "".join(sums).encode()
    repacked(path, lambda packed: packed.update(contents))
    return path


def replacing(name: str, old: bytes, new: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(contents: dict[str, bytes]) -> None:
        assert old in contents[name]
        contents[name] = contents[name].replace(old, new)

    return change


def with_row(row: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda contents: contents.update({"ledger.csv": contents["ledger.csv"] + row})


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c.update({"evidence.json": b'{"a": ' * 9_000}), "is damaged"),
        (lambda c: c.update({"evidence.json": b"[0,1,2,3,4]" * 25_000}), "125,000 values, and"),
        (with_row(b"0,read,0,0,0,,,,,,\n" * 5_000), "rows, and 5,000 are the most"),
        (with_row(b'0,read,0,0,0,,"' + b"x" * 140_000 + b'",,,,\n'), "rows cannot be read"),
        (with_row(b"99999,read,nan,0,0,200,,,,,\n"), "a request is more than 7 days away"),
        (with_row(b"99999,read,1e300,0,0,200,,,,,\n"), "a request is more than 7 days away"),
        (
            replacing("evidence.json", b'"rate": 20.0', b'"rate": 1e300'),
            "its load is no rate up to 1,000,000 requests a second",
        ),
        (
            replacing("evidence.json", b'"baseline": "PT30S"', b'"baseline": "P90000D"'),
            "its experiment lasts more than 7 days",
        ),
        (
            replacing("evidence.json", b'"started_at": "2026-11-23T10:00:00Z"', b'"started_at": 0'),
            "moments more than 7 days away",
        ),
    ],
    ids=["depth", "values", "rows", "long cell", "nan", "far", "rate", "length", "moments"],
)
def test_what_a_bundle_makes_us_count_or_draw_is_bounded(
    tmp_path: Path,
    change: Callable[[dict[str, bytes]], None],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Real limits would take gigabytes to reach, so they are lowered here."""
    monkeypatch.setattr(evidence_files, "MOST_VALUES", 100_000)
    monkeypatch.setattr(evidence_files, "MOST_ROWS", 5_000)
    with pytest.raises(StateError, match=said) as refused:
        judge_again(sealed(tmp_path / "evidence.tar.gz", evidence_of(SMALL), change))
    assert "\n" not in str(refused.value)


def test_evidence_of_the_right_types_that_cannot_be_judged_is_one_sentence(tmp_path: Path) -> None:
    never = replacing("evidence.json", b'"target": 0.99,', b'"target": 1.0,')
    bundle = sealed(tmp_path / "evidence.tar.gz", evidence_of(SMALL), never)
    with pytest.raises(StateError, match="holds evidence that cannot be judged"):
        judge_again(bundle)


def test_a_strangers_text_cannot_steer_the_terminal(tmp_path: Path) -> None:
    """ESC, the C1 codes that some terminals take for it, and marks that turn the line around."""
    evil = "gone \x1b]0;pwned\x07\x1b[2J \x9b31m \u202e over"
    evidence = replace(evidence_of(SMALL), status=Status.FAILED, status_reason=evil, gaps=(evil,))
    bundle = tmp_path / "evidence.tar.gz"
    bundle.write_bytes(bundle_bytes(evidence, "{}\n"))
    for options in ([], ["--json"]):
        run = CliRunner().invoke(app, ["verdict", str(bundle), *options])
        assert "pwned" in run.stdout
        assert all(c == "\n" or c.isprintable() for c in run.stdout)
    assert json.loads(run.stdout)["reason"].endswith(evil)


def test_an_error_that_quotes_a_stranger_cannot_steer_the_terminal(
    capsys: pytest.CaptureFixture[str],
) -> None:
    err.print("ironclad: damaged at \x1b[2Jplan\x9b1m", markup=False)
    said = capsys.readouterr().err
    assert "plan" in said
    assert all(c == "\n" or c.isprintable() for c in said)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (truncated, "is damaged or no bundle"),
        (flipped, "is damaged or no bundle"),
        (lambda bundle: bundle.write_bytes(b""), "is damaged or no bundle"),
        (lambda bundle: bundle.write_text("hello"), "is damaged or no bundle"),
        (lambda bundle: bundle.unlink(), "cannot read"),
        (lambda b: repacked(b, better_status), "ledger.csv has another checksum"),
        (stripped("ledger.csv"), "ledger.csv is not what SHA256SUMS lists"),
        (stripped("SHA256SUMS"), "SHA256SUMS is not in it"),
        (with_member(traversing()), r"it holds '\.\./\.\./etc/cron"),
        (with_member(linked()), "it holds 'evidence.json'"),
        (bomb, "something follows its end"),
        (nested, "evidence.json has another checksum"),
    ],
    ids=[
        "truncated",
        "flipped",
        "empty",
        "text",
        "gone",
        "edited",
        "no ledger",
        "no sums",
        "path traversal",
        "link",
        "bomb",
        "nested",
    ],
)
def test_a_bad_bundle_is_one_clear_sentence(
    tmp_path: Path, damage: Callable[[Path], None], said: str
) -> None:
    bundle = written(tmp_path, evidence_of(SMALL))
    before = {path.name for path in tmp_path.iterdir()}
    damage(bundle)
    with pytest.raises(StateError, match=said) as refused:
        read_bundle(bundle)
    assert "\n" not in str(refused.value)
    assert {path.name for path in tmp_path.iterdir()} == before


def test_the_command_says_the_verdict_and_exits_with_it(tmp_path: Path) -> None:
    bundle = written(tmp_path, evidence_of(BAD))
    run = CliRunner().invoke(app, ["verdict", str(bundle.parent), "--json"], standalone_mode=False)
    assert run.return_value == 1
    assert run.stdout.encode() == members(bundle)["verdict.json"]
    assert json.loads(run.stdout)["verdict"] == "DEVIATED"


def test_a_verdict_that_its_evidence_does_not_make_is_reported(tmp_path: Path) -> None:
    bundle, evidence = written(tmp_path, evidence_of(BAD)), evidence_of(BAD)
    bundle.write_bytes(bundle_bytes(evidence, '{"verdict": "UPHELD"}\n'))
    run = CliRunner().invoke(app, ["verdict", str(bundle)])
    assert isinstance(run.exception, StateError)
    assert "makes DEVIATED, and another verdict was written" in str(run.exception)
