"""What a YAML parser stumbled over, in words that say what to change."""

import re

import yaml

_WORDS = (
    (r"'\\t'", "a tab; YAML is indented with spaces only"),
    (
        "but found '<block mapping start>'",
        "this line is indented otherwise than the ones around it; align them",
    ),
    (
        "expected <block end>, but found",
        "this line fits neither list nor mapping above it; align it, or begin it with `- `",
    ),
    ("but got '<stream end>'", "a bracket that was opened is not closed"),
    ("expected ',' or '", "a comma or a closing bracket is missing before this"),
    ("could not find expected ':'", "this has no colon; write `key: value`"),
    ("unexpected end of stream", "a quote that was opened is not closed"),
    ("unknown escape character", "double quotes know no such escape; use single quotes"),
    ("chomping or indentation", "after `|` or `>` the line ends; write the text below it"),
    ("expected the node content", "a value is missing here"),
    ("undefined alias", "anchors and aliases are not read; write the value out"),
)


def yaml_sentence(error: yaml.MarkedYAMLError, text: str) -> str:
    problem = error.problem or "not valid YAML"
    if problem.startswith("mapping values"):
        number = error.problem_mark.line if error.problem_mark else 0
        return _second_colon(text.splitlines(), number)
    known = (words for pattern, words in _WORDS if re.search(pattern, problem))
    if start := re.search(r"character '([^\\])' that cannot start", problem):
        return f"a value cannot begin with {start[1]!r}; put it in quotes"
    return next(known, f"not valid YAML: {problem}")


def _second_colon(lines: list[str], number: int) -> str:
    """Either the line belongs to the value above it, or its own value holds a colon."""
    above = [line for line in lines[:number] if line.strip()]
    line = lines[number] if number < len(lines) else ""
    if above and _indent(line) > _indent(above[-1]) and ": " in above[-1]:
        return "this line is indented deeper than the one above it, which has a value; align them"
    return "a second colon in one value; put the value in quotes"


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip(" "))
