"""PromQL selectors as values: enough of them to read a replica's own page as Prometheus would."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

TARGET_LABELS = frozenset({"job", "instance", "namespace", "pod", "service", "stack", "replica"})
"""What scraping adds: a replica's own page does not have them."""

_SELECTOR = re.compile(r"\s*([a-zA-Z_:][a-zA-Z0-9_:]*)\s*(?:\{(.*)\}\s*)?", re.DOTALL)
_MATCHER = re.compile(r'\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*(=~|!~|!=|=)\s*"((?:[^"\\]|\\.)*)"\s*(?:,|$)')
_ESCAPE = re.compile(r"\\(.)")


@dataclass(frozen=True, slots=True)
class Matcher:
    label: str
    operator: str
    value: str

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Match as Prometheus does: a label that is not there is empty, a regex is anchored."""
        actual = labels.get(self.label, "")
        if self.operator in {"=~", "!~"}:
            is_match = re.fullmatch(self.value, actual) is not None
        else:
            is_match = self._form(actual) == self._form(self.value)
        return is_match == (self.operator in {"=", "=~"})

    def _form(self, text: str) -> str:
        """Write a bucket's boundary in one way: clients say 1.0 where others say 1."""
        if self.label != "le":
            return text
        try:
            return repr(float(text))
        except ValueError:
            return text


@dataclass(frozen=True, slots=True)
class Selector:
    metric: str
    matchers: tuple[Matcher, ...] = ()

    def matches(self, metric: str, labels: Mapping[str, str]) -> bool:
        return metric == self.metric and all(one.matches(labels) for one in self.matchers)

    def on_the_page(self) -> "Selector":
        """Give what is left of it on a replica's own page."""
        kept = (matcher for matcher in self.matchers if matcher.label not in TARGET_LABELS)
        return Selector(self.metric, tuple(kept))


def parse_selector(text: str) -> Selector:
    """Read `name{label="value",…}`; raises ValueError with a sentence."""
    whole = _SELECTOR.fullmatch(text)
    if whole is None:
        raise ValueError(f'{text!r} is no selector; write for example http_requests_total{{a="b"}}')
    return Selector(whole[1], _matchers(text, whole[2] or ""))


def _matchers(text: str, inner: str) -> tuple[Matcher, ...]:
    found, at = [], 0
    while at < len(inner.rstrip()):
        matcher = _MATCHER.match(inner, at)
        if matcher is None:
            raise ValueError(f'{text!r} has a label matcher that is not like name="value"')
        label, operator, value = matcher.groups()
        found.append(_checked(Matcher(label, operator, _ESCAPE.sub(r"\1", value)), text))
        at = matcher.end()
    return tuple(found)


def _checked(matcher: Matcher, text: str) -> Matcher:
    if matcher.operator in {"=~", "!~"}:
        try:
            re.compile(matcher.value)
        except re.error as error:
            raise ValueError(f"{text!r} has a regular expression that is none: {error}") from error
    return matcher
