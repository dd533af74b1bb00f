"""From panels to Grafana's JSON, through Grafana's own SDK: it knows the schema, we do not."""

import json
from collections.abc import Iterator

from grafana_foundation_sdk.builders import dashboard as grafana
from grafana_foundation_sdk.builders import prometheus, stat, timeseries
from grafana_foundation_sdk.builders.common import (
    GraphThresholdsStyleConfig,
    ReduceDataOptions,
    VizLegendOptions,
)
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import common
from grafana_foundation_sdk.models import dashboard as model

from tools.dashboards.annotations import annotations
from tools.dashboards.panels import Board, Look, Panel, Query, Row

SOURCE = model.DataSourceRef(type_val="prometheus", uid="prometheus")
"""As `manifests/50-monitoring/grafana-datasources.yaml` names it."""

HEIGHT = 8
LINK_TAG = "ironclad"


def dashboard_text(board: Board) -> str:
    """Give the JSON, byte for byte the same each time; every panel has an id to link to."""
    plain = json.loads(json.dumps(_dashboard(board).build(), cls=JSONEncoder))
    for number, panel in enumerate(plain["panels"], start=1):
        panel["id"] = number
    return json.dumps(plain, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _dashboard(board: Board) -> grafana.Dashboard:
    built = (
        grafana.Dashboard(board.title)
        .uid(board.uid)
        .description(board.about)
        .tags([LINK_TAG])
        .timezone("utc")
        .refresh("10s")
        .time(board.back, "now")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .link(_links())
        .with_variable(_namespace())
    )
    for annotation in annotations():
        built = built.annotation(annotation)
    for row in board.rows:
        built = _with_row(built, row)
    return built


def _links() -> grafana.DashboardLink:
    """One dashboard leads to the next, at the same time."""
    link = grafana.DashboardLink("Ironclad").type(model.DashboardLinkType.DASHBOARDS)
    return link.tags([LINK_TAG]).as_dropdown(False).keep_time(True)  # noqa: FBT003


def _namespace() -> grafana.QueryVariable:
    return (
        grafana.QueryVariable("namespace")
        .label("Namespace")
        .datasource(SOURCE)
        .query("label_values(up, namespace)")
        .refresh(model.VariableRefresh.ON_DASHBOARD_LOAD)
        .include_all(True)  # noqa: FBT003
        .all_value(".*")
        .current(model.VariableOption(text="All", value="$__all"))
    )


def _with_row(built: grafana.Dashboard, row: Row) -> grafana.Dashboard:
    built = built.with_row(grafana.Row(row.title))
    for panel in row.panels:
        make = _number if panel.look is Look.NUMBER else _lines
        built = built.with_panel(make(panel))
    return built


def _lines(panel: Panel) -> timeseries.Panel:
    built = (
        timeseries.Panel()
        .title(panel.title)
        .description(panel.description)
        .datasource(SOURCE)
        .unit(panel.unit)
        .min(0)
        .span(panel.width)
        .height(HEIGHT)
        .fill_opacity(8)
        .legend(_legend())
        .thresholds(_thresholds(panel))
    )
    if panel.limit is not None:
        built = built.thresholds_style(_as_line())
    if panel.back:
        built = built.time_from(panel.back)
    for target in _targets(panel):
        built = built.with_target(target)
    return built


def _number(panel: Panel) -> stat.Panel:
    built = (
        stat.Panel()
        .title(panel.title)
        .description(panel.description)
        .datasource(SOURCE)
        .unit(panel.unit)
        .span(panel.width)
        .height(HEIGHT)
        .reduce_options(ReduceDataOptions().calcs(["lastNotNull"]))
        .thresholds(_thresholds(panel))
    )
    for target in _targets(panel):
        built = built.with_target(target)
    return built


def _legend() -> VizLegendOptions:
    options = VizLegendOptions().display_mode(common.LegendDisplayMode.LIST)
    return options.placement(common.LegendPlacement.BOTTOM).show_legend(True)  # noqa: FBT003


def _thresholds(panel: Panel) -> grafana.ThresholdsConfig:
    steps = [model.Threshold(value=None, color="green")]
    if panel.limit is not None:
        steps.append(model.Threshold(value=panel.limit, color="red"))
    return grafana.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(steps)


def _as_line() -> GraphThresholdsStyleConfig:
    return GraphThresholdsStyleConfig().mode(common.GraphTresholdsStyleMode.DASHED)


def _targets(panel: Panel) -> Iterator[prometheus.Dataquery]:
    for index, query in enumerate(panel.queries):
        yield _target(query, chr(ord("A") + index), instant=panel.look is Look.NUMBER)


def _target(query: Query, name: str, *, instant: bool) -> prometheus.Dataquery:
    target = prometheus.Dataquery().ref_id(name).expr(query.expr).legend_format(query.legend)
    return target.instant() if instant else target.range()
