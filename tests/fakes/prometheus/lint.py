"""What is wrong with a PromQL expression that parses: each finding is one sentence."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import promql_parser as promql

from backend.telemetry.metrics import BUCKETS_SECONDS

SCRAPE_INTERVAL = timedelta(seconds=15)
SCRAPES_IN_A_WINDOW = 4

_RATES = {"rate", "irate", "increase", "delta", "idelta", "resets"}
_COUNTERS = ("_total", "_count", "_sum", "_bucket")
_NAMED_OTHERWISE = ("pg_stat_database_xact_",)
"""Counters of other people's exporters."""

_BUCKETS = {*map(str, BUCKETS_SECONDS), "+Inf"}
_ABOVE_NOTHING = {">", "*", "-"}
_BELOW_ONE = "slo:objective:ratio"
"""A constant of each objective: 1 less it is its budget, and never 0."""


def problems(
    expression: str, scrape_interval: timedelta = SCRAPE_INTERVAL, *, is_picture: bool = False
) -> list[str]:
    """Raises ValueError where it does not even parse; a picture may be a little off."""
    found: list[str] = []
    for node in _nodes(promql.parse(expression)):
        found += _window(node, scrape_interval)
        found += _rate(node)
        found += [] if is_picture else _rough(node)
        found += _buckets(node)
        found += _quantile(node)
        found += _division(node)
        found += _filled(node)
    return found


def selectors(expression: str) -> Iterator[str]:
    """Name every metric that it reads."""
    for node in _nodes(promql.parse(expression)):
        if isinstance(node, promql.VectorSelector) and node.name:
            yield node.name


def _nodes(node: Any) -> Iterator[Any]:
    """Walk the tree, parents first."""
    yield node
    for child in _children(node):
        yield from _nodes(child)


def _children(node: Any) -> list[Any]:
    match node:
        case promql.BinaryExpr():
            return [node.lhs, node.rhs]
        case promql.Call():
            return list(node.args)
        case promql.MatrixSelector():
            return [node.vector_selector]
        case promql.AggregateExpr():
            return [node.expr, *([node.param] if node.param is not None else [])]
        case promql.ParenExpr() | promql.SubqueryExpr() | promql.UnaryExpr():
            return [node.expr]
    return []


def _window(node: Any, scrape_interval: timedelta) -> Iterator[str]:
    """A window over raw samples needs four of them: a lost scrape must not empty it."""
    if not isinstance(node, promql.MatrixSelector):
        return
    if node.range < SCRAPES_IN_A_WINDOW * scrape_interval:
        yield f"a window of {node.range} holds fewer than four scrapes"


def _rate(node: Any) -> Iterator[str]:
    if not (isinstance(node, promql.Call) and node.func.name in _RATES):
        return
    name, (over, *_) = node.func.name, node.args
    if not isinstance(over, promql.MatrixSelector):
        yield f"{name}() of something that is no counter: a sum of rates, never a rate of sums"
    elif not _is_counter(over.vector_selector.name or ""):
        yield f"{name}() of {over.vector_selector.name}, which is no counter"


def _is_counter(name: str) -> bool:
    return name.endswith(_COUNTERS) or name.startswith(_NAMED_OTHERWISE)


def _rough(node: Any) -> Iterator[str]:
    if isinstance(node, promql.Call) and node.func.name == "increase":
        yield "increase() extrapolates, and so never counts"


def _buckets(node: Any) -> Iterator[str]:
    """Written as Prometheus 3 does (`1.0`), else the matcher finds nothing there."""
    if not isinstance(node, promql.VectorSelector):
        return
    wanted = [one.value for one in node.matchers.matchers if one.name == "le"]
    yield from (f"there is no bucket le={value}" for value in wanted if value not in _BUCKETS)


def _quantile(node: Any) -> Iterator[str]:
    if not (isinstance(node, promql.Call) and node.func.name == "histogram_quantile"):
        return
    inner = _bare(node.args[1])
    by_le = isinstance(inner, promql.AggregateExpr) and inner.modifier is not None
    if not by_le or str(inner.op) != "sum" or "le" not in inner.modifier.labels:
        yield "a quantile is taken over sum by (le) of rates, or it averages replicas"


def _division(node: Any) -> Iterator[str]:
    """By something that may be 0 the answer is NaN or infinite, and no comparison sees a NaN."""
    is_division = isinstance(node, promql.BinaryExpr) and str(node.op) in {"/", "%"}
    if is_division and not _is_above_nothing(node.rhs):
        yield "a division by what may be 0; let the divisor end in `> 0`"


def _is_above_nothing(node: Any) -> bool:
    node = _bare(node)
    if isinstance(node, promql.NumberLiteral):
        return bool(node.val)
    if isinstance(node, promql.Call):
        return node.func.name == "clamp_min" and _is_above_nothing(node.args[1])
    if not isinstance(node, promql.BinaryExpr) or str(node.op) not in _ABOVE_NOTHING:
        return False
    if str(node.op) == ">":
        return isinstance(_bare(node.rhs), promql.NumberLiteral) and _bare(node.rhs).val >= 0
    if str(node.op) == "-":
        return getattr(_bare(node.rhs), "name", None) == _BELOW_ONE
    return _is_above_nothing(node.lhs) and _is_above_nothing(node.rhs)


def _filled(node: Any) -> Iterator[str]:
    """`x or vector(0)` reads as none where nothing is measured."""
    if isinstance(node, promql.BinaryExpr) and str(node.op) == "or":
        filler = _bare(node.rhs)
        if isinstance(filler, promql.Call) and filler.func.name == "vector":
            yield "what is missing is filled in with a number, and reads as fine"


def _bare(node: Any) -> Any:
    while isinstance(node, promql.ParenExpr):
        node = node.expr
    return node
