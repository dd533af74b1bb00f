"""Files and settings that people write: accepted, or refused with one clear sentence."""

import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from backend.settings import SettingsError as BackendSettingsError
from backend.settings import read_settings
from ironclad import settings as ours
from ironclad.adapters.experiments.objectives import read_objective
from ironclad.adapters.experiments.reader import parse_experiment
from ironclad.errors import IroncladError
from tests.fuzz.amount import fuzzed
from tests.fuzz.spoiling import damaged, fault_of_sentence
from tests.fuzz.tally import note
from tests.places import ROOT

EXPERIMENTS = sorted((ROOT / "game_days").glob("*.yaml"))
OBJECTIVES = sorted((ROOT / "monitoring" / "slos").glob("*.yaml"))


def shipped(paths: list[Path]) -> st.SearchStrategy[str]:
    texts = [path.read_text(encoding="utf-8") for path in paths]
    return st.sampled_from(texts).flatmap(damaged)


def refused(read: Callable[[], object]) -> str:
    """Give what is said against it; empty if it was accepted. Any other error is a defect."""
    said = _said(read, IroncladError)
    assert not said or fault_of_sentence(said) == ""
    return said


def _said(read: Callable[[], object], kind: type[Exception]) -> str:
    try:
        read()
    except kind as error:
        return str(error) or "nothing"
    return ""


@fuzzed
@given(text=shipped(EXPERIMENTS))
@example(text="")
@example(text="a: &a [*a]")
@example(text="[" * 2_000)
def test_an_experiment_is_read_or_refused_in_a_sentence(text: str) -> None:
    said = refused(lambda: parse_experiment(Path("burst.yaml"), text))

    note("experiments")
    assert not said or said.startswith("burst.yaml")


@fuzzed
@given(text=shipped(OBJECTIVES))
def test_an_objective_is_read_or_refused_in_a_sentence(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "objective.yaml"
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        said = refused(lambda: read_objective(path))

    note("objectives")
    assert not said or said.startswith(str(path))


NAMES = sorted(f"IRONCLAD_{name.upper()}" for name in ours.Settings.__dataclass_fields__)
VALUES = (
    st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=60)
    | st.integers().map(str)
    | st.sampled_from(["a=1,b=2", "a=70000", "=,=", "service=8080,service=1", "/", "~", "[]", "{"])
)


@fuzzed
@given(environment=st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4))
def test_our_settings_are_read_or_refused_in_a_sentence(environment: dict[str, str]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        ours.settings.cache_clear()
        said = refused(ours.settings)
    ours.settings.cache_clear()

    note("settings")
    assert not said or any(name in said for name in environment)


BACKENDS = [
    *(
        "BACKEND_DATABASE_URL",
        "BACKEND_HOST",
        "BACKEND_PORT",
        "BACKEND_REPLICA",
        "BACKEND_LOG_FILE",
    ),
    *("BACKEND_POOL_SIZE", "BACKEND_DATABASE_SECONDS", "BACKEND_LOG_LEVEL"),
    *("BACKEND_DRAIN_SECONDS", "BACKEND_BREAKER_FAILURES", "BACKEND_BREAKER_RECOVERY_SECONDS"),
    *("BACKEND_CHAOS_TOKEN_FILE", "BACKEND_DATABASE_PASSWORD_FILE"),
]
URLS = st.builds(
    "postgresql://{}@{}:{}/{}?{}={}".format, VALUES, VALUES, VALUES, VALUES, VALUES, VALUES
)


@fuzzed
@given(environment=st.dictionaries(st.sampled_from(BACKENDS), VALUES | URLS, max_size=4))
@example(environment={"BACKEND_CHAOS_TOKEN_FILE": "no\nfile"})
def test_the_backends_settings_are_read_or_refused_in_a_sentence(
    environment: dict[str, str],
) -> None:
    said = _said(lambda: read_settings(environment), BackendSettingsError)

    note("settings")
    assert not said or fault_of_sentence(said) == ""
    assert not said or any(name in said for name in environment)
