"""PromQL selectors, read as Prometheus reads them."""

import pytest

from ironclad.domain.slo.selector import Matcher, Selector, parse_selector


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
        pytest.param(
            r"up{a='x\'y'}", Selector("up", (Matcher("a", "=", "x'y"),)), id="single quotes"
        ),
        pytest.param(r"up{a=`\d`}", Selector("up", (Matcher("a", "=", r"\d"),)), id="backticks"),
        pytest.param(
            r'up{a="/api\x2forders\n\303\244\u00e4"}',
            Selector("up", (Matcher("a", "=", "/api/orders\nää"),)),
            id="escapes as Go has them: bytes and characters",
        ),
        pytest.param('{__name__="up"}', Selector("up"), id="the name as a label"),
        pytest.param(
            '{__name__=~"a|b"}', Selector("", (Matcher("__name__", "=~", "a|b"),)), id="two names"
        ),
        pytest.param(
            '{"http.requests","http.status"="500"}',
            Selector("http.requests", (Matcher("http.status", "=", "500"),)),
            id="UTF-8 names of Prometheus 3",
        ),
        pytest.param(
            'up { # every target\n a="b" }  # a comment',
            Selector("up", (Matcher("a", "=", "b"),)),
            id="comments and lines",
        ),
    ],
)
def test_a_selector_is_read(text: str, selector: Selector) -> None:
    assert parse_selector(text) == selector
    assert parse_selector(str(selector)) == selector, "and is written so that it reads the same"


@pytest.mark.parametrize(
    "text",
    ["", "{", "}", "up{", "up[5m]", "sum(up)", "up{a}", "up{a=b}", 'up{a="b"', 'up{a="b" c="d"}',
     'up{a=~"("}', "up{,}", 'up{a="b",,}', 'up{a="b}', 'up{a:b="c"}', 'up{""}', 'up{a="\n"}',
     "up offset 5m"],
)  # fmt: skip
def test_what_is_no_selector_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the sentence is looked at
        parse_selector(text)
    assert str(refused.value).startswith(f"{text!r} is no selector: ")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        pytest.param(
            r'up{a=~"5\d\d"}', r"\d is no escape of PromQL; write \\d", id="one backslash"
        ),
        pytest.param(r"""up{a='\"'}""", r"\" is no escape", id="the other quote"),
        pytest.param(r'up{a="\400"}', r"\400 is no escape", id="no byte"),
        pytest.param(r'up{a="\ud800"}', "U+D800 is no character", id="half a character"),
        pytest.param(r'up{a="\xff"}', "is not UTF-8", id="a byte alone"),
        pytest.param('up{a=~"(?!x)"}', "'(?!x)' is none", id="RE2 looks nowhere ahead"),
        pytest.param(r'up{a=~"(x)\\1"}', "is none", id="RE2 refers to nothing before"),
        pytest.param('up{a=~"a++"}', "'a++' is none", id="RE2 has no possessive repetition"),
        pytest.param('up{a=~"a{1001}"}', "is none", id="RE2 repeats at most 1,000 times"),
        pytest.param(r'up{a=~"\\C"}', "which Prometheus refuses", id="a byte of C++'s RE2"),
        pytest.param('up{__name__="b"}', "it names two metrics, up and b", id="two names"),
        pytest.param('{a=~".*"}', "it would pick every series", id="everything"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_would_be_right(text: str, sentence: str) -> None:
    with pytest.raises(ValueError) as refused:  # noqa: PT011 - the sentence is looked at
        parse_selector(text)
    assert sentence in str(refused.value)


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
        pytest.param('m{a=~"[[:digit:]]+"}', {"a": "503"}, True, id="a class of RE2"),
        pytest.param('m{a=~"[[:digit:]]+"}', {"a": "d]"}, False, id="which Python reads otherwise"),
        pytest.param(r'm{a=~"\\pL+"}', {"a": "ä"}, True, id="a Unicode class"),
        pytest.param('m{a=~"(?i)get"}', {"a": "GET"}, True, id="a flag"),
        pytest.param('m{le="1"}', {"le": "1.0"}, True, id="a boundary however it is written"),
        pytest.param('m{le="+Inf"}', {"le": "+Inf"}, True, id="the last bucket"),
        pytest.param('m{a="1"}', {"a": "1.0"}, False, id="other labels are text"),
    ],
)
def test_a_selector_matches(text: str, labels: dict[str, str], does_match: bool) -> None:  # noqa: FBT001
    assert parse_selector(text).matches("m", labels) == does_match
    assert not parse_selector(text).matches("other", labels)


def test_matchers_of_the_name_choose_the_metrics() -> None:
    selector = parse_selector('{__name__=~"a|b",c="d"}')
    assert selector.matches("a", {"c": "d"})
    assert not selector.matches("ab", {"c": "d"})
    assert not selector.matches("a", {})


def test_on_a_replicas_own_page_the_labels_of_scraping_are_not_asked_for() -> None:
    selector = parse_selector('m{job="x",instance=~"y",status="200"}').on_the_page()
    assert selector.matches("m", {"status": "200"})
    assert not selector.matches("m", {"status": "500"})
