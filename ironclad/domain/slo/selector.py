"""PromQL selectors as values: enough to read a replica's own page exactly as Prometheus would."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import re2

from ironclad.domain.slo.promql_text import IDENTIFIER, METRIC, Token, quoted, tokens

TARGET_LABELS = frozenset({"job", "instance", "namespace", "pod", "service", "stack", "replica"})
"""What scraping adds: a replica's own page does not have them."""

NAME = "__name__"
_REGULAR = frozenset({"=~", "!~"})
_POSITIVE = frozenset({"=", "=~"})


@dataclass(frozen=True, slots=True)
class Matcher:
    label: str
    operator: str
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Match as Prometheus does: a label that is not there is empty, a regex is anchored."""
        actual = labels.get(self.label, "")
        if self.operator in _REGULAR:
            is_match = _compiled(self.value).fullmatch(actual) is not None
        else:
            is_match = self._form(actual) == self._form(self.value)
        return is_match == (self.operator in _POSITIVE)

    def _form(self, text: str) -> str:
        """Write a bucket's boundary in one way: clients say 1.0 where others say 1."""
        if self.label != "le":
            return text
        try:
            return repr(float(text))
        except ValueError:
            return text

    def __str__(self) -> str:
        name = self.label if IDENTIFIER.fullmatch(self.label) else quoted(self.label)
        return f"{name}{self.operator}{quoted(self.value)}"


@dataclass(frozen=True, slots=True)
class Selector:
    """`metric` is empty where only matchers of `__name__` choose the metrics."""

    metric: str
    matchers: tuple[Matcher, ...] = ()

    def matches(self, metric: str, labels: Mapping[str, str]) -> bool:
        named = {**labels, NAME: metric}
        is_metric = not self.metric or metric == self.metric
        return is_metric and all(one.matches(named) for one in self.matchers)

    def on_the_page(self) -> "Selector":
        """Give what is left of it on a replica's own page."""
        kept = (matcher for matcher in self.matchers if matcher.label not in TARGET_LABELS)
        return Selector(self.metric, tuple(kept))

    def __str__(self) -> str:
        """Write it as Prometheus reads it: a range may follow, which no comment can swallow."""
        is_plain = not self.metric or METRIC.fullmatch(self.metric)
        inner = [str(one) for one in self.matchers]
        if not is_plain:
            inner = [quoted(self.metric), *inner]
        return (self.metric if is_plain else "") + (f"{{{','.join(inner)}}}" if inner else "")


def parse_selector(text: str) -> Selector:
    """Read `name{label="value",…}` in each of PromQL's spellings; raises ValueError.

    Source: Prometheus' `promql/parser/generated_parser.y`, `vector_selector`.
    """
    try:
        selector = _parsed(list(tokens(text)))
        _check(selector)
    except ValueError as error:
        raise ValueError(f"{text!r} is no selector: {error}") from error
    return selector


def _parsed(found: Sequence[Token]) -> Selector:
    head = found[0].text if found and found[0].kind == "name" else ""
    rest = found[1:] if head else found
    if head and not rest:
        return Selector(head)
    if [one.text for one in (*rest[:1], *rest[-1:])] != ["{", "}"] or len(rest) < 2:  # noqa: PLR2004 - both braces
        raise ValueError('write for example http_requests_total{status="500"}')
    names, matchers = [head] if head else [], []
    for part in _parts(rest[1:-1]):
        matcher = _matcher(part)
        if isinstance(matcher, Matcher) and (matcher.label, matcher.operator) != (NAME, "="):
            matchers.append(matcher)
        else:
            names.append(matcher.value if isinstance(matcher, Matcher) else matcher)
    if len(names) > 1:
        raise ValueError(f"it names two metrics, {names[0]} and {names[1]}")
    return Selector(names[0] if names else "", tuple(matchers))


def _parts(inner: Sequence[Token]) -> Iterator[list[Token]]:
    """Split at the commas; one may stand at the end."""
    part: list[Token] = []
    for token in inner:
        if token == Token("sign", ","):
            yield part
            part = []
        else:
            part.append(token)
    if part:
        yield part


def _matcher(part: Sequence[Token]) -> Matcher | str:
    """Read one matcher, or the metric's name where that stands quoted between the braces."""
    match [(one.kind, one.text) for one in part]:
        case [("string", name)] if name:
            return name
        case [("name" | "string", label), ("operator", operator), ("string", value)]:
            if part[0].kind == "string" or IDENTIFIER.fullmatch(label):
                return Matcher(label, operator, value)
    written = " ".join(one.text for one in part)
    raise ValueError(f'the label matcher {written!r} is not like name="value"')


def _check(selector: Selector) -> None:
    for one in selector.matchers:
        if one.operator in _REGULAR:
            _compiled(one.value)
    if not selector.metric and all(one.matches({}) for one in selector.matchers):
        raise ValueError("it would pick every series; name a metric")


@cache
def _compiled(pattern: str) -> Any:
    """Compile with RE2, as Prometheus does: Python's own `re` is another language."""
    if r"\C" in pattern.replace(r"\\", ""):
        raise ValueError(f"the regular expression {pattern!r} has \\C, which Prometheus refuses")
    options = re2.Options()
    options.log_errors = False
    try:
        return re2.compile(pattern, options=options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise ValueError(f"the regular expression {pattern!r} is none: {reason}") from error
