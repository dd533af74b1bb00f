"""A mistake of a person is reported with its line and what would be right, offline."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ironclad.adapters.experiments.objectives import read_objective
from ironclad.adapters.experiments.reader import flaws
from ironclad.adapters.local.record import StackRecord, write_record
from ironclad.domain.text.did_you_mean import did_you_mean
from ironclad.errors import BadInputError
from tests.cli.test_command_line import ironclad
from tests.fakes.stack.product import QUICK

OBJECTIVES = ("orders-availability", "orders-latency")
ALERTS = ("BackendDown", "HighErrorRate")

WRONG = {
    "a status as text": ("status: 503", 'status: "503"', "'503' is text; write 503 without quotes"),
    "a status that no fault has": ("status: 503", "status: 404", "use one of 500, 502, 503"),
    "a safeguard that there is not": (
        "abort_when",
        "  safeguards: [no-restart-lop]\nabort_when",
        "did you mean 'no-restart-loop'?",
    ),
    "a kind that there is not": ("kind: error", "kind: errors", "did you mean 'error'?"),
    "a field that there is not": ("share: 0.2", "shar: 0.2", "did you mean 'share'?"),
    "a negative duration": ("for: 10s", "for: -10s", "'-10s' is negative"),
    "a leading space": (
        "kind: Exp",
        " kind: Exp",
        "2:6: this line is indented deeper than the one",
    ),
    "a space further down": ("\nload", "\n load", "is indented otherwise than the ones"),
    "a tab": ("\nload", "\n\tload", "6:1: a tab; YAML is indented with spaces only"),
    "a second colon": ("hypothesis: 20", "hypothesis: a: 20", "put the value in quotes"),
    "a bracket left open": ("timeout: 2s}", "timeout: 2s", "closing bracket is missing"),
    "a quote left open": (
        "owner: sre}",
        'owner: "sre}',
        "a quote that was opened is not closed",
    ),
    "an alert that no rule has": ("BackendDown", "BackndDown", "did you mean 'BackendDown'?"),
    "an objective that there is not": ("[orders-av", "[oders-av", "did you mean 'orders-avail"),
    "another name than the file's": ("name: quick", "name: quack", "name the file quack.yaml"),
}


@pytest.mark.parametrize(("right", "wrong", "said"), WRONG.values(), ids=WRONG.keys())
def test_each_slip_is_reported_at_its_line_with_what_would_be_right(
    tmp_path: Path, right: str, wrong: str, said: str
) -> None:
    path = tmp_path / "quick.yaml"
    path.write_text(QUICK.replace(right, wrong, 1))

    flaw, *_ = flaws(path, OBJECTIVES, ALERTS)

    assert said in str(flaw)
    assert flaw.place.line > 1
    assert "not valid YAML" not in str(flaw)


def test_a_right_file_has_no_flaw_and_a_wrong_one_is_reported_all_at_once(tmp_path: Path) -> None:
    path = tmp_path / "quick.yaml"
    path.write_text(QUICK)
    assert flaws(path, OBJECTIVES, ALERTS) == ()

    path.write_text(QUICK.replace("share: 0.2", "share: 2").replace("replicas: 1", "replicas: 0"))
    assert len(flaws(path, OBJECTIVES, ALERTS)) == 2


def test_no_name_of_a_class_is_in_a_message(tmp_path: Path) -> None:
    """`- 1` where an objective should be was reported as "instance of _Document"."""
    path = tmp_path / "slo.yaml"
    path.write_text("- 1\n")
    with pytest.raises(BadInputError, match="the document must be a mapping") as refused:
        read_objective(path)
    assert "_" not in refused.value.args[0].removeprefix(str(path))


def test_files_are_validated_offline_with_an_exit_code(tmp_path: Path) -> None:
    (tmp_path / "quick.yaml").write_text(QUICK)
    (tmp_path / "wrong.yaml").write_text(QUICK.replace("BackendDown", "BackndDown"))

    good = ironclad(tmp_path, "game-day", "validate", "quick.yaml", "error-burst")
    bad = ironclad(tmp_path, "game-day", "validate", "quick.yaml", "wrong.yaml", "--json")

    assert (good.returncode, bad.returncode) == (0, 2)
    assert good.stdout == "quick.yaml: nothing is wrong\nerror-burst: nothing is wrong\n"
    first, second = json.loads(bad.stdout)["files"]
    assert (first["problems"], len(second["problems"])) == ([], 2)


def test_a_stack_that_is_not_there_is_reported_with_those_that_are(tmp_path: Path) -> None:
    """Five stages were "in progress" instead."""
    (tmp_path / "state/demo").mkdir(parents=True)
    (tmp_path / "state/demo/supervisord.conf").touch()

    unlike = ironclad(tmp_path, "status", "--stack", "nope")
    like = ironclad(tmp_path, "urls", "--stack", "dmo")
    platform = ironclad(tmp_path, "status", "--platform", "kubernets")

    assert unlike.stderr == "ironclad: no stack nope; there is: demo\n"
    assert like.stderr == "ironclad: no stack dmo; did you mean 'demo'?\n"
    assert platform.stderr.endswith("did you mean 'kubernetes'?\n")
    assert {unlike.returncode, like.returncode, platform.returncode} == {2}


def test_a_kind_that_is_misspelt_on_the_command_line_is_reported_with_the_nearest(
    tmp_path: Path,
) -> None:
    ended = ironclad(tmp_path, "game-day", "new", "slow", "--kind", "latencie")

    assert ended.returncode == 2
    assert ended.stderr.endswith("did you mean 'latency'?\n")


def test_plan_does_not_speak_of_running(tmp_path: Path) -> None:
    helped = ironclad(tmp_path, "game-day", "plan", "--help", COLUMNS="200")
    assert "Run " not in helped.stdout
    assert "Allow it with less than half of a budget left." in " ".join(helped.stdout.split())


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
@pytest.mark.parametrize(
    ("words", "completed"),
    [
        ("ironclad game-day plan slow", "slow-database"),
        ("ironclad status --stack te", "team-a"),
        ("ironclad game-day val", "validate"),
        ("ironclad up --platform k", "kubernetes"),
        ("ironclad game-day new slow --kind lat", "latency"),
        ("ironclad game-day new slow --alert HighE", "HighErrorRate"),
        ("ironclad chaos latency 5 --stack team-a --replicas ba", "backend-0"),
        ("ironclad chaos crash --stack team-a --replicas backend-0,ba", "backend-0,backend-1"),
    ],
)
def test_a_shell_completes_each_name_that_can_be_known(
    tmp_path: Path, shell: str, words: str, completed: str
) -> None:
    (tmp_path / "state/team-a").mkdir(parents=True)
    record = StackRecord(
        name="team-a", created=datetime.now(UTC), replicas=("backend-0", "backend-1"), ports={}
    )
    write_record(tmp_path / "state/team-a/stack.json", record)

    ended = ironclad(
        tmp_path,
        _IRONCLAD_COMPLETE=f"complete_{shell}",
        _TYPER_COMPLETE_ARGS=words,
        _TYPER_COMPLETE_FISH_ACTION="get-args",
        COMP_WORDS=words,
        COMP_CWORD=str(len(words.split()) - 1),
    )

    assert completed in ended.stdout
    assert ended.stderr == ""


def test_what_is_near_is_found_whatever_its_capitals_and_hyphens() -> None:
    assert (
        did_you_mean("no_restart_loop", ["no-restart-loop"]) == "; did you mean 'no-restart-loop'?"
    )
    assert did_you_mean("qqq", ["demo"], "there is: demo") == "; there is: demo"
