#!/usr/bin/env bash
# prometheus-client 0.26.0's text parser appends `_total` to the samples of a counter that lacks it.
# Prometheus keeps the page's own name. So a selector that is right in Prometheus finds nothing among
# the parsed samples. The same page without its TYPE line keeps the name.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet 'prometheus-client==0.26.0'
"$folder/venv/bin/python" - <<'PYTHON'
from prometheus_client.parser import text_string_to_metric_families


def names(page):
    return [s.name for family in text_string_to_metric_families(page) for s in family.samples]


typed, plain = names("# TYPE envoy_rq counter\nenvoy_rq 5\n"), names("envoy_rq 5\n")
print("with its type:", typed)
print("without it:", plain)
assert typed == ["envoy_rq_total"], typed
assert plain == ["envoy_rq"], plain
PYTHON
