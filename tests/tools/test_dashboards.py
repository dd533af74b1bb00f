"""The dashboards as they are committed: made from their tables, of queries that can be asked."""

import json
import re
from collections.abc import Iterator
from typing import Any

import promql_parser
import pytest
import yaml

from ironclad.adapters.manifests.objects import objects
from ironclad.domain.evidence.journal import PhaseName
from ironclad.domain.kubernetes.parameters.keys import read_pairs
from ironclad.domain.stack.platforms import PLATFORMS
from ironclad.domain.stack.stack import Stage
from ironclad.undo.rounds import JanitorMetrics
from tests.places import ROOT
from tools.dashboards.__main__ import texts
from tools.dashboards.annotations import PHASES
from tools.dashboards.boards import BOARDS
from tools.dashboards.golden import GOLDEN
from tools.dashboards.panels import Panel

pytestmark = pytest.mark.data

FOLDER = ROOT / "monitoring" / "grafana"
PANELS = [(board, panel) for board in BOARDS for panel in board.panels]
EVERY_PANEL = pytest.mark.parametrize(
    "panel", [panel for _, panel in PANELS], ids=[f"{b.uid}: {p.title}" for b, p in PANELS]
)


def committed() -> Iterator[tuple[str, dict[str, Any]]]:
    for path in sorted(FOLDER.glob("*.json")):
        yield path.name, json.loads(path.read_text(encoding="utf-8"))


def test_the_committed_files_are_the_generated_ones() -> None:
    files = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert files == texts(), "run `python -m tools.dashboards`"


def test_the_first_dashboard_is_what_everybody_looks_for() -> None:
    assert GOLDEN.title == "Ironclad SRE Dashboard"
    first = next(iter(GOLDEN.panels))
    assert first.title == "Request Rate"
    assert first.queries[0].expr == "sum(rate(http_requests_total[5m])) by (method)"


@EVERY_PANEL
def test_every_query_can_be_parsed_and_every_panel_says_where_it_has_data(panel: Panel) -> None:
    for query in panel.queries:
        promql_parser.parse(query.expr.replace("$namespace", ".*"))
    assert panel.platforms
    assert set(panel.platforms) <= set(PLATFORMS)
    assert all(f"{name}" in panel.description for name in panel.platforms)


def test_every_panel_has_an_id_a_place_and_space_of_its_own() -> None:
    for name, board in committed():
        ids = [panel["id"] for panel in board["panels"]]
        assert len(ids) == len(set(ids)), name
        taken: set[tuple[int, int]] = set()
        for panel in board["panels"]:
            place = panel["gridPos"]
            cells = {
                (place["x"] + x, place["y"] + y)
                for x in range(place["w"])
                for y in range(place["h"])
            }
            assert not cells & taken, (name, panel["title"])
            assert place["x"] + place["w"] <= 24, (name, panel["title"])
            taken |= cells


def test_every_dashboard_shows_each_phase_of_a_game_day() -> None:
    page = JanitorMetrics()
    page.show_phase("error-burst", "a-run", "fault")
    assert f"{PHASES}{{" in page.page().decode()
    for name, board in committed():
        asked = [annotation["expr"] for annotation in board["annotations"]["list"]]
        assert asked == [f'{PHASES}{{phase="{phase}"}}' for phase in PhaseName], name


def test_uids_and_titles_differ() -> None:
    assert len({board.uid for board in BOARDS}) == len(BOARDS)
    assert len({board.title for board in BOARDS}) == len(BOARDS)


def test_a_cluster_gets_them_without_a_hand() -> None:
    """What is mounted is where the provider looks, and holds every dashboard."""
    found = {
        (one["kind"], one["metadata"]["name"]): one
        for one in objects(Stage.MONITORING, read_pairs(()))
    }
    dashboards = found["ConfigMap", "grafana-dashboards"]["data"]
    assert dashboards == texts()
    assert sum(map(len, dashboards.values())) < 1_000_000  # a ConfigMap holds 1 MiB
    providers = yaml.safe_load(found["ConfigMap", "grafana-providers"]["data"]["providers.yaml"])
    path = providers["providers"][0]["options"]["path"]
    pod = found["Deployment", "grafana"]["spec"]["template"]["spec"]
    mounts = {m["mountPath"]: m["name"] for m in pod["containers"][0]["volumeMounts"]}
    volumes = {v["name"]: v.get("configMap", {}).get("name") for v in pod["volumes"]}
    assert volumes[mounts[path]] == "grafana-dashboards"
    assert volumes[mounts["/etc/grafana/provisioning/dashboards"]] == "grafana-providers"
    sources = yaml.safe_load(found["ConfigMap", "grafana-datasources"]["data"]["datasources.yaml"])
    uids = set(re.findall(r'"uid": "([^"]+)"', dashboards["ironclad-sre.json"]))
    assert {source["uid"] for source in sources["datasources"]} <= uids
