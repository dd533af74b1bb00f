"""Objectives from OpenSLO v1 documents, and the Prometheus rule files made from them."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ironclad.adapters.files.yaml_source import Source, bad_input, read_source
from ironclad.domain.alerting.alert_table import alert_group, self_group
from ironclad.domain.alerting.rules import OWN_FILE, REAL_TIME, Group, Tempo, group_to_dict
from ironclad.domain.alerting.slo_rules import objective_groups
from ironclad.domain.slo.selector import parse_selector
from ironclad.domain.slo.slo import Indicator, Objective
from ironclad.domain.text.did_you_mean import did_you_mean
from ironclad.domain.text.durations import parse_duration
from ironclad.errors import BadInputError

_HEADER = "# Made by `ironclad slo generate` from monitoring/slos/; change those instead.\n"


def rule_files(objectives: Iterable[Objective], tempo: Tempo = REAL_TIME) -> dict[str, str]:
    """Give the text of each file by its name."""
    files = {f"{one.name}.yml": _written(objective_groups(one, tempo)) for one in objectives}
    files[f"{OWN_FILE}.yml"] = _written((alert_group(tempo), self_group(tempo)))
    return files


def write_rule_files(folder: Path, files: dict[str, str]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")


def prometheus_rule(files: dict[str, str], name: str = "ironclad") -> str:
    """Give the same groups as one PrometheusRule, for those who have the operator."""
    groups = [group for text in files.values() for group in yaml.safe_load(text)["groups"]]
    return _dumped(
        {
            "apiVersion": "monitoring.coreos.com/v1",
            "kind": "PrometheusRule",
            "metadata": {"name": name, "labels": {"app.kubernetes.io/part-of": "ironclad"}},
            "spec": {"groups": groups},
        }
    )


def _written(groups: Sequence[Group]) -> str:
    return _dumped({"groups": [group_to_dict(group) for group in groups]})


def _dumped(data: dict[str, object]) -> str:
    return _HEADER + yaml.safe_dump(data, sort_keys=False, width=1000, allow_unicode=True)


_SUFFIXES = (".yaml", ".yml")


class SloDocuments:
    """A folder with one document for each objective."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def load(self, names: Sequence[str]) -> tuple[Objective, ...]:
        declared = self.every()
        unknown = [name for name in names if name not in declared]
        if unknown:
            raise BadInputError(
                f"no document in {self._folder} declares the objective {unknown[0]!r}"
                + did_you_mean(unknown[0], declared, f"there are {', '.join(declared) or 'none'}")
            )
        return tuple(declared[name] for name in names)

    def every(self) -> dict[str, Objective]:
        """Give all objectives by name, in name order."""
        if not self._folder.is_dir():
            raise BadInputError(f"the folder of objectives {self._folder} does not exist")
        files = sorted(path for path in self._folder.iterdir() if path.suffix in _SUFFIXES)
        objectives: dict[str, Objective] = {}
        for path in files:
            objective = read_objective(path)
            if objective.name in objectives:
                raise BadInputError(f"{path}: the objective {objective.name!r} is declared twice")
            objectives[objective.name] = objective
        return dict(sorted(objectives.items()))


def read_objective(path: Path) -> Objective:
    source = read_source(path)
    try:
        document = _Document.model_validate(source.data)
    except ValidationError as error:
        raise _located(source, error) from error
    return document.objective()


class _Part(BaseModel):
    """Keys of OpenSLO that we do not use are read over; those that we use are strict."""

    model_config = ConfigDict(extra="ignore", strict=True, populate_by_name=True)


class _Query(_Part):
    query: str

    @field_validator("query")
    @classmethod
    def _as_prometheus_reads_it(cls, query: str) -> str:
        """Spell it in one way: rules put a range behind it, which a comment would swallow."""
        return str(parse_selector(query))


class _Source(_Part):
    type: Literal["Prometheus", "prometheus"]
    spec: _Query


class _Metric(_Part):
    source: _Source = Field(alias="metricSource")


class _Ratio(_Part):
    total: _Metric
    good: _Metric | None = None
    bad: _Metric | None = None
    counter: Literal[True]

    @model_validator(mode="after")
    def _is_one(self) -> "_Ratio":
        if (self.good is None) == (self.bad is None):
            raise ValueError("exactly one of good and bad goes beside total")
        return self

    def indicator(self) -> Indicator:
        return Indicator(
            valid=self.total.source.spec.query,
            bad=self.bad.source.spec.query if self.bad else None,
            good=self.good.source.spec.query if self.good else None,
        )


class _IndicatorSpec(_Part):
    ratio: _Ratio = Field(alias="ratioMetric")


class _Indicator(_Part):
    spec: _IndicatorSpec


class _Window(_Part):
    duration: str
    rolling: Literal[True] = Field(alias="isRolling")

    @model_validator(mode="after")
    def _is_duration(self) -> "_Window":
        if not parse_duration(self.duration):
            raise ValueError("must be longer than 0s")
        return self


class _Target(_Part):
    target: float = Field(gt=0, lt=1)


class _Spec(_Part):
    indicator: _Indicator
    windows: list[_Window] = Field(alias="timeWindow", min_length=1, max_length=1)
    method: Literal["Occurrences"] = Field(alias="budgetingMethod")
    objectives: list[_Target] = Field(min_length=1, max_length=1)


class _Annotations(_Part):
    declared: str = Field(alias="ironclad.dev/declared-requests", pattern=r"^[1-9][0-9]{0,14}$")
    threshold: str | None = Field(alias="ironclad.dev/latency-threshold", default=None)

    @model_validator(mode="after")
    def _is_duration(self) -> "_Annotations":
        if self.threshold is not None:
            parse_duration(self.threshold)
        return self


class _Metadata(_Part):
    name: str = Field(pattern=r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")
    annotations: _Annotations

    @field_validator("name")
    @classmethod
    def _has_a_file_of_its_own(cls, name: str) -> str:
        if name == OWN_FILE:
            raise ValueError(
                f"{name!r} names the rule file of Ironclad's own alerts; choose another"
            )
        return name


class _Document(_Part):
    version: Literal["openslo/v1"] = Field(alias="apiVersion")
    kind: Literal["SLO"]
    metadata: _Metadata
    spec: _Spec

    def objective(self) -> Objective:
        threshold = self.metadata.annotations.threshold
        return Objective(
            name=self.metadata.name,
            target=self.spec.objectives[0].target,
            period=parse_duration(self.spec.windows[0].duration),
            declared_requests=int(self.metadata.annotations.declared),
            indicator=self.spec.indicator.spec.ratio.indicator(),
            latency_threshold=_optional(threshold),
        )


def _optional(duration: str | None) -> timedelta | None:
    return None if duration is None else parse_duration(duration)


def _located(source: Source, error: ValidationError) -> BadInputError:
    """Tell the first problem, at its place."""
    item = error.errors(include_url=False)[0]
    loc = item["loc"]
    path = ".".join(map(str, loc)) or "the document"
    return bad_input(source.path, source.place(loc), f"{path} {_sentence(item)}")


def _sentence(item: Any) -> str:
    match item["type"]:
        case "missing":
            return "is missing"
        case "model_type" | "model_attributes_type" | "dict_type":
            return "must be a mapping, written as `key: value`"
        case "literal_error":
            return f"is {item['input']!r}, but should be {item['ctx']['expected']}"
        case "value_error":
            return f"is wrong: {item['ctx']['error']}"
    return f"is wrong: {item['msg'][:1].lower()}{item['msg'][1:]}"
