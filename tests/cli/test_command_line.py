"""The command line given what it cannot use: one sentence, an exit code, and nothing changed."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from ironclad.adapters.files.lock import FileLock
from ironclad.settings import passed_on
from tests.fakes.stack.product import BIN

Ended = subprocess.CompletedProcess[str]


def ironclad(folder: Path, *arguments: str, **environment: str) -> Ended:
    """Run it in `folder`, with its state in `folder/state` by default."""
    given = {"PATH": os.environ["PATH"], "IRONCLAD_STATE": str(folder / "state")}
    return subprocess.run(  # noqa: S603 - our own command
        [str(BIN / "ironclad"), *arguments],
        cwd=folder,
        env={**given, "HOME": str(folder), **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("chaos", "latency", "-5"), "'MS': it should be greater than or equal to 0"),
        (("chaos", "errors", "101"), "'PERCENT': it should be less than or equal to 100"),
        (("chaos", "errors", "-1"), "'PERCENT': it should be greater than or equal to 0"),
        (("chaos", "latency", "5", "--for", "2h"), "at most 1h"),
        (("chaos", "latency", "5"), "bring it up with `ironclad up --platform local --stack demo`"),
        (("chaos", "circuit-breaker", "ajar"), "'ajar' is not one of 'open', 'closed'"),
        (("up", "--platform", "mars"), "'mars' is no platform; there are local, kubernetes"),
        (("up", "--stage", "attic"), "'attic' is not one of 'namespace', 'secret', 'postgres'"),
        (("status", "--stack", "../x"), "'../x' is not a stack name"),
        (("game-day", "plan", "no-such"), "no experiment 'no-such'"),
        (("game-day", "plan", "no-such.yaml"), "no-such.yaml: cannot be read"),
        (("game-day", "run", "no-such"), "no experiment 'no-such'"),
        (("halt", "on"), "demo to halt; `ironclad up --platform local --stack demo` makes one"),
        (("halt", "on", "--all", "--platform", "kubernetes"), "in a cluster name --stack"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else "",
)
def test_what_it_cannot_use_is_reported_in_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], said: str
) -> None:
    ended = ironclad(tmp_path, *arguments)

    assert ended.returncode == 2
    assert said in ended.stderr
    assert ended.stderr.startswith("ironclad: ")
    assert ended.stderr.count("\n") == 1
    assert ended.stdout == ""
    assert list(tmp_path.iterdir()) == []


def test_an_empty_state_variable_does_not_mean_the_folder_one_is_in(tmp_path: Path) -> None:
    ended = ironclad(tmp_path, "status", "--json", IRONCLAD_STATE="")

    assert f"{tmp_path}/demo" not in ended.stdout


def test_the_ports_of_one_stack_are_not_handed_to_flows_of_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("IRONCLAD_PORTS", "service=8080")
    monkeypatch.setenv("IRONCLAD_WHO", "me")

    assert passed_on()["IRONCLAD_WHO"] == "me"
    assert "IRONCLAD_PORTS" not in passed_on()


def test_taking_everything_down_leaves_the_folders_of_others_alone(tmp_path: Path) -> None:
    for name in ("photos", "letters"):
        (tmp_path / "state" / name).mkdir(parents=True)
    (tmp_path / "state" / "letters" / "one.txt").touch()
    (tmp_path / "state" / "_clusters" / "minikube" / "load").mkdir(parents=True)

    profile = str(tmp_path / "prefect.toml")
    ended = ironclad(tmp_path, "down", "--all", "--delete-data", IRONCLAD_PREFECT_PROFILE=profile)

    assert ended.returncode == 0, ended.stderr
    left = {path.name for path in (tmp_path / "state").rglob("*")}
    assert left == {"photos", "letters", "one.txt"}


def test_damaged_stacks_are_taken_down_as_far_as_they_can_be(tmp_path: Path) -> None:
    state = tmp_path / "state"
    for name in ("one", "two"):
        (state / name).mkdir(parents=True)
        (state / name / "stack.json").write_text('{"torn":')
    lock = state / "one" / "lock" / "lease.json"
    lock.parent.mkdir()
    lock.write_text("torn")

    profile = str(tmp_path / "prefect.toml")
    ended = ironclad(tmp_path, "down", "--all", "--delete-data", IRONCLAD_PREFECT_PROFILE=profile)

    assert ended.returncode == 2
    assert ended.stderr.startswith(f"ironclad: local/one: the lock {lock} is damaged")
    assert [path.name for path in state.iterdir()] == ["one"]


async def test_a_held_stack_does_not_keep_the_others_up(tmp_path: Path) -> None:
    """Taking all down stopped at the first stack that a game day held, and said no more."""
    state = tmp_path / "state"
    for name in ("alpha", "held", "omega"):
        (state / name).mkdir(parents=True)
        (state / name / "supervisord.conf").touch()
        (state / name / "stack.json").touch()

    profile = str(tmp_path / "prefect.toml")
    async with FileLock(state / "held" / "lock").held("run-1", "game day error-burst", "ana"):
        ended = await asyncio.to_thread(
            ironclad, tmp_path, "down", "--all", "--delete-data", IRONCLAD_PREFECT_PROFILE=profile
        )

    assert ended.returncode == 2
    held, prefect = ended.stderr.splitlines()
    assert held.startswith("ironclad: local/held stays up: the stack is held by game day error-bu")
    assert prefect == "ironclad: the Prefect server stays up as the last net of local/held"
    assert ended.stdout == ""
    assert [path.name for path in state.iterdir()] == ["held"]


def test_the_red_switch_of_every_stack_on_the_machine_is_turned_at_once(tmp_path: Path) -> None:
    """Two stacks that are not up: nothing is armed there, and none can start."""
    for name in ("one", "two"):
        (tmp_path / "state" / name).mkdir(parents=True)
        (tmp_path / "state" / name / "supervisord.conf").touch()

    on = ironclad(tmp_path, "halt", "on", "--all", "--why", "the sale", IRONCLAD_WHO="ana")
    known = ironclad(tmp_path, "halt", "status", "--stack", "two")
    off = ironclad(tmp_path, "halt", "off", "--all")
    after = ironclad(tmp_path, "halt", "status", "--all", "--json")

    assert (on.returncode, known.returncode, off.returncode, after.returncode) == (0, 1, 0, 0)
    assert on.stdout.count("everything was seen to be off") == 2
    assert "local/two: halted by ana since" in known.stdout
    assert known.stdout.rstrip().endswith("the sale")
    assert '"halted": false' in after.stdout


def test_a_freeze_that_cannot_be_read_does_not_stop_an_undo(tmp_path: Path) -> None:
    wrong = {"IRONCLAD_FREEZE": "[{from: Fry 16:00, to: Mon 08:00, why: weekend}]"}

    disarmed = ironclad(tmp_path, "disarm", **wrong)
    status = ironclad(tmp_path, "status", **wrong)

    assert disarmed.returncode == 0, disarmed.stderr
    assert "not known: IRONCLAD_FREEZE, entry 1: 'Fry 16:00' is no moment" in status.stdout
