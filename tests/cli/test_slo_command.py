"""`ironclad slo generate`: the committed rules, the operator's object, and rules for trials."""

import operator
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from ironclad.cli.app import app
from ironclad.errors import BadInputError
from tests.places import ROOT

COMMITTED = {path.name: path.read_text() for path in (ROOT / "monitoring/rules").glob("*.yml")}


def generate(*arguments: str) -> str:
    done = CliRunner().invoke(app, ["slo", "generate", *arguments], catch_exceptions=False)
    if isinstance(done.exception, Exception):
        raise done.exception
    return done.stdout


def test_what_it_writes_is_what_is_committed(tmp_path: Path) -> None:
    generate("--output", str(tmp_path))
    assert {path.name: path.read_text() for path in tmp_path.iterdir()} == COMMITTED


def test_the_operators_object_has_every_group(tmp_path: Path) -> None:
    printed = yaml.safe_load(generate("--format", "prometheusrule"))
    groups = [group for text in COMMITTED.values() for group in yaml.safe_load(text)["groups"]]
    by_name = operator.itemgetter("name")
    assert sorted(printed["spec"]["groups"], key=by_name) == sorted(groups, key=by_name)
    generate("--format", "prometheusrule", "--output", str(tmp_path))
    (written,) = tmp_path.iterdir()
    assert yaml.safe_load(written.read_text()) == printed


def test_compressed_by_sixty_an_hour_is_a_minute(tmp_path: Path) -> None:
    generate("--compress", "60", "--scrape-interval", "1s", "--output", str(tmp_path))
    text = (tmp_path / "orders-availability.yml").read_text()
    rules = [rule for group in yaml.safe_load(text)["groups"] for rule in group["rules"]]
    hour = next(rule for rule in rules if rule.get("record") == "slo:bad_ratio:rate1h")
    assert "[1m]" in hour["expr"]
    assert (tmp_path / "ironclad.yml").read_text() != COMMITTED["ironclad.yml"]


def test_rules_for_trials_never_replace_the_committed_ones() -> None:
    with pytest.raises(BadInputError, match="name a folder with --output"):
        generate("--compress", "60")


@pytest.mark.parametrize("interval", ["0s", "soon"])
def test_a_scrape_interval_that_is_none_is_reported(interval: str) -> None:
    with pytest.raises(BadInputError, match="--scrape-interval"):
        generate("--scrape-interval", interval)
