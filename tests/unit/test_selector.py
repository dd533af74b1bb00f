"""PromQL selectors, read as Prometheus reads them."""

import pytest

from ironclad.domain.selector import Matcher, Selector, parse_selector


@pytest.mark.parametrize(
    ("text", "selector"),
    [
        pytest.param("up", Selector("up"), id="a bare name"),
        pytest.param("up{}", Selector("up"), id="empty braces"),
        pytest.param(
            'up{job="a", route=~"/api/.*" ,status!="500",}',
            Selector(
                "up",
                (
                    Matcher("job", "=", "a"),
                    Matcher("route", "=~", "/api/.*"),
                    Matcher("status", "!=", "500"),
                ),
            ),
            id="several matchers",
        ),
        pytest.param(r'up{a="x\"y,}"}', Selector("up", (Matcher("a", "=", 'x"y,}'),)), id="quotes"),
    ],
)
def test_a_selector_is_read(text: str, selector: Selector) -> None:
    assert parse_selector(text) == selector


@pytest.mark.parametrize(
    "text",
    ["", "up[5m]", "sum(up)", "up{a}", "up{a=b}", 'up{a="b"', 'up{a="b" c="d"}', 'up{a=~"("}'],
)
def test_what_is_no_selector_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"selector|matcher|regular expression"):
        parse_selector(text)


@pytest.mark.parametrize(
    ("text", "labels", "does_match"),
    [
        pytest.param('m{a="b"}', {"a": "b", "c": "d"}, True, id="equal"),
        pytest.param('m{a="b"}', {}, False, id="missing is empty"),
        pytest.param('m{a=""}', {}, True, id="empty is missing"),
        pytest.param('m{a!="b"}', {}, True, id="missing is unequal"),
        pytest.param('m{a=~"5.."}', {"a": "503"}, True, id="regex"),
        pytest.param('m{a=~"5."}', {"a": "503"}, False, id="regex is anchored at the end"),
        pytest.param('m{a=~"03"}', {"a": "503"}, False, id="and at the start"),
        pytest.param('m{a!~"5.."}', {"a": "200"}, True, id="negative regex"),
        pytest.param('m{le="1"}', {"le": "1.0"}, True, id="a boundary however it is written"),
        pytest.param('m{le="+Inf"}', {"le": "+Inf"}, True, id="the last bucket"),
        pytest.param('m{a="1"}', {"a": "1.0"}, False, id="other labels are text"),
    ],
)
def test_a_selector_matches(text: str, labels: dict[str, str], does_match: bool) -> None:  # noqa: FBT001
    assert parse_selector(text).matches("m", labels) == does_match
    assert not parse_selector(text).matches("other", labels)


def test_on_a_replicas_own_page_the_labels_of_scraping_are_not_asked_for() -> None:
    selector = parse_selector('m{job="x",instance=~"y",status="200"}').on_the_page()
    assert selector.matches("m", {"status": "200"})
    assert not selector.matches("m", {"status": "500"})
