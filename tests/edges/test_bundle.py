"""One file with all that a run saw: the same verdict from it, and one sentence for a bad one."""

import gzip
import io
import json
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ironclad.adapters._bundle import bundle_bytes, read_bundle
from ironclad.adapters._report_files import write_report
from ironclad.adapters.rejudging import judge_again
from ironclad.cli.app import app
from ironclad.domain.evidence import Evidence
from ironclad.errors import StateError
from tests.fakes.evidence import Scenario, evidence_of, sound_evidence

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
    """Some 600 kB that unpack to 600 MB of nothing."""
    with gzip.open(bundle, "wb", compresslevel=1) as file:
        for _ in range(600):
            file.write(bytes(2**20))


def nested(bundle: Path) -> None:
    deep = b'{"schema_version": "1.0", "evidence": ' + b"[" * 200_000
    repacked(bundle, lambda contents: contents.update({"evidence.json": deep}))


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
        (bomb, "holds more than 512 MB"),
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
    with pytest.raises(StateError, match=said) as told:
        read_bundle(bundle)
    assert "\n" not in str(told.value)
    assert {path.name for path in tmp_path.iterdir()} == before


def test_the_command_says_the_verdict_and_exits_with_it(tmp_path: Path) -> None:
    bundle = written(tmp_path, evidence_of(BAD))
    run = CliRunner().invoke(app, ["verdict", str(bundle.parent), "--json"], standalone_mode=False)
    assert run.return_value == 1
    assert run.stdout.encode() == members(bundle)["verdict.json"]
    assert json.loads(run.stdout)["verdict"] == "DEVIATED"


def test_a_verdict_that_its_evidence_does_not_make_is_told(tmp_path: Path) -> None:
    bundle, evidence = written(tmp_path, evidence_of(BAD)), evidence_of(BAD)
    bundle.write_bytes(bundle_bytes(evidence, '{"verdict": "UPHELD"}\n'))
    run = CliRunner().invoke(app, ["verdict", str(bundle)])
    assert isinstance(run.exception, StateError)
    assert "makes DEVIATED, and another verdict was written" in str(run.exception)
