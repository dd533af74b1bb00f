#!/usr/bin/env bash
# promql-parser 0.12.0 reads strings between backticks with escapes. PromQL reads them as they are:
# Prometheus takes up{a=`\d`} and up{a="\\d"} as the same selector. promql-parser refuses the first.
# It also takes a++, a repetition that Prometheus' RE2 refuses as nested.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet 'promql-parser==0.12.0'
"$folder/venv/bin/python" - <<'PYTHON'
import promql_parser as promql


def answer(text):
    try:
        return promql.parse(text).prettify()
    except ValueError as error:
        return f"refused: {error}"


raw, escaped, nested = answer(r"up{a=`\d`}"), answer(r'up{a="\\d"}'), answer('up{a=~"a++"}')
print("between backticks:", raw)
print("between quotes:", escaped)
print("a nested repetition:", nested)
assert raw == "refused: unknown escape sequence 'd'", raw
assert escaped == r'up{a="\\d"}', escaped
assert nested == 'up{a=~"a++"}', nested
PYTHON
