"""What Prefect's pages call a game day."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from prefect.context import FlowRunContext

from ironclad.domain.stack.platforms import LOCAL
from ironclad.settings import PROJECT
from tasks.pages.naming import game_day_run_name


@pytest.mark.parametrize(
    ("given", "name"),
    [
        pytest.param("error-burst", "error-burst", id="of the folder"),
        pytest.param("{path}", "pod-delete", id="by a path"),
        pytest.param("/nowhere/mine.yaml", "mine", id="a path to nothing"),
        pytest.param("nonsense", "nonsense", id="a name of nothing"),
    ],
)
def test_a_run_bears_the_name_of_its_experiment(given: str, name: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "copied.yaml"
    elsewhere.write_bytes((PROJECT / "game_days" / "pod-delete.yaml").read_bytes())
    parameters = {
        "experiment": given.format(path=elsewhere),
        "platform": LOCAL,
        "stack": "demo",
    }
    with FlowRunContext.model_construct(parameters=parameters, flow_run=SimpleNamespace(id="1")):
        assert game_day_run_name() == f"{name}-on-local-demo"
