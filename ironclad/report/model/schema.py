"""The published JSON Schema of report.json; a test keeps the file beside this one equal to it."""

import json
from importlib.resources import files
from typing import Any

from ironclad.report.model.document import SCHEMA_ID, Report

FILE_NAME = "report.schema.json"


def generated_schema_text() -> str:
    schema: dict[str, Any] = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        **Report.model_json_schema(mode="serialization"),
    }
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def published_schema() -> dict[str, Any]:
    """Read what is packaged."""
    text = files("ironclad.report").joinpath(FILE_NAME).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema
