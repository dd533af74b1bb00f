"""`ironclad game-day new`: a file that is right as it is, and never somebody else's."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ironclad.adapters.experiments.reader import load_experiment, parse_experiment
from ironclad.cli.commands.new_experiment import text_of
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.errors import BadInputError
from ironclad.settings import settings
from ironclad.wiring import write_experiment


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("IRONCLAD_EXPERIMENTS", str(tmp_path / "mine"))
    settings.cache_clear()
    return tmp_path / "mine"


@pytest.fixture(autouse=True)
def _forget_settings() -> Iterator[None]:
    yield
    settings.cache_clear()


def test_what_is_written_can_be_read_and_says_what_it_is(folder: Path) -> None:
    path = write_experiment("slow-checkout", text_of("slow-checkout", "ana", FaultKind.ERROR))
    assert path == folder / "slow-checkout.yaml"
    experiment = load_experiment(path)
    assert (experiment.name, experiment.owner) == ("slow-checkout", "ana")
    assert experiment.expect.safeguards == ("no-restart-loop",)


def test_an_experiment_that_exists_is_left_alone(folder: Path) -> None:
    write_experiment("mine", text_of("mine", "ana", FaultKind.ERROR))
    (folder / "mine.yaml").write_text((folder / "mine.yaml").read_text() + "# my own words\n")
    with pytest.raises(BadInputError, match="exists already"):
        write_experiment("mine", text_of("mine", "bob", FaultKind.ERROR))
    assert "my own words" in (folder / "mine.yaml").read_text()


def test_what_could_not_be_read_is_not_written(folder: Path) -> None:
    with pytest.raises(BadInputError):
        write_experiment("mine", "kind: Nonsense\n")
    assert not folder.exists()


def test_every_line_of_it_is_explained() -> None:
    text = text_of("mine", "sre", FaultKind.ERROR)
    keys = ("hypothesis:", "objectives:", "load:", "phases:", "faults:", "abort_when:")
    lines = text.splitlines()
    for key in keys:
        at = next(i for i, line in enumerate(lines) if line.startswith(key))
        assert lines[at - 1].startswith("#"), key
    assert parse_experiment(Path("mine.yaml"), text)


@pytest.mark.parametrize("kind", FaultKind)
@pytest.mark.parametrize("alerts", [(), ("BackendDown", "HighErrorRate")])
def test_each_kind_of_fault_and_each_alert_can_be_asked_for(
    kind: FaultKind, alerts: tuple[str, ...]
) -> None:
    experiment = parse_experiment(Path("mine.yaml"), text_of("mine", "sre", kind, alerts))

    (fault,) = experiment.faults
    assert fault.kind is kind
    assert experiment.expect.alerts.must == alerts
    assert kind in experiment.hypothesis
