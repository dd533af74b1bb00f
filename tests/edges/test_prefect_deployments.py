"""Registering deployments, with a small program in the place of Prefect's own command."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from ironclad.adapters.prefect_deployments import PrefectDeployments
from ironclad.errors import RemoteError
from ironclad.settings import PROJECT

PREFECT = """
import json, os, pathlib, sys
words = sys.argv[1:]
told = {"words": words, "project": os.environ["IRONCLAD_PROJECT"], "folder": os.getcwd()}
if "--prefect-file" in words:
    told["document"] = pathlib.Path(words[words.index("--prefect-file") + 1]).read_text()
with open(os.environ["CALLS"], "a") as calls:
    print(json.dumps(told), file=calls)
if os.environ.get("FAILS") in words:
    sys.exit(os.environ["SAYS"])
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    package = tmp_path / "path" / "prefect"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(PREFECT)
    return {"PYTHONPATH": str(package.parent), "CALLS": str(tmp_path / "calls")}


def calls(environment: dict[str, str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in Path(environment["CALLS"]).read_text().splitlines()]


async def test_all_that_is_declared_is_registered_as_it_stands(environment: dict[str, str]) -> None:
    await PrefectDeployments(PROJECT, environment).register()

    (call,) = calls(environment)
    assert call["words"] == ["--no-prompt", "deploy", "--all"]
    assert (call["project"], call["folder"]) == (str(PROJECT), str(PROJECT))


async def test_a_pool_of_its_own_gets_the_deployments_of_one_name(
    environment: dict[str, str],
) -> None:
    await PrefectDeployments(PROJECT, environment).register_for("cluster", "kubernetes", "orders")

    pool, deploy = calls(environment)
    assert pool["words"][1:] == ["work-pool", "create", "cluster", "--type", "process"]
    document = yaml.safe_load(deploy["document"])
    assert {each["name"] for each in document["deployments"]} == {"kubernetes"}
    assert {each["work_pool"]["name"] for each in document["deployments"]} == {"cluster"}
    assert {each["parameters"]["stack"] for each in document["deployments"]} == {"orders"}
    assert document["pull"] == yaml.safe_load((PROJECT / "prefect.yaml").read_text())["pull"]


async def test_a_pool_that_is_there_is_no_failure(environment: dict[str, str]) -> None:
    environment |= {"FAILS": "work-pool", "SAYS": "Work pool named 'cluster' already exists. Use …"}

    await PrefectDeployments(PROJECT, environment).register_for("cluster", "kubernetes", "orders")

    assert len(calls(environment)) == 2


@pytest.mark.parametrize(
    ("fails", "sentence"),
    [
        pytest.param("work-pool", "`prefect work-pool create cluster` failed: no route", id="pool"),
        pytest.param("deploy", "`prefect deploy for the pool cluster` failed: no route", id="all"),
    ],
)
async def test_what_prefect_refuses_is_told_in_its_words(
    environment: dict[str, str], fails: str, sentence: str
) -> None:
    environment |= {"FAILS": fails, "SAYS": "no route"}

    with pytest.raises(RemoteError) as refusal:
        await PrefectDeployments(PROJECT, environment).register_for(
            "cluster", "kubernetes", "orders"
        )

    assert str(refusal.value) == sentence
