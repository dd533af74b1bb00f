"""A fault as an experiment file has it: its keys follow from the kind's spec in the catalogue."""

import functools
import operator
from collections.abc import Callable
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    GetPydanticSchema,
    WithJsonSchema,
    create_model,
)

from ironclad.adapters.experiments.fields import (
    Document,
    Duration,
    Name,
    PositiveDuration,
    PositiveRatio,
    Ratio,
    Seed,
    Sentence,
    Size,
)
from ironclad.domain.faults.catalogue import FaultKind
from ironclad.domain.faults.spec import Form, Parameter


class TargetDocument(Document):
    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "maxProperties": 1})

    names: list[Sentence] | None = Field(
        None, min_length=1, max_length=100, description="Replicas by name.", examples=["[orders-1]"]
    )
    replicas: int | None = Field(
        None, ge=1, le=1000, strict=True, description="How many, the first by name.", examples=[1]
    )
    share: PositiveRatio | None = Field(
        None, description="A share of the replicas, at least one.", examples=[0.5]
    )


class FaultDocument(Document):
    """What every kind has."""

    id: Name = Field(description="Names the fault in the report.", examples=["errors"])
    at: Duration = Field(
        timedelta(), description="Counts from the end of the baseline.", examples=["0s"]
    )
    kind: str
    duration: PositiveDuration


_TARGET = Field(
    description="Which replicas: names, a number or a share.", examples=["{replicas: 1}"]
)
_FOR = Field(alias="for", description="How long it is armed.", examples=["45s"])
_LASTS = Field(alias="for", description="How long it lasts.", examples=["45s"])
_WITHIN = Field(
    timedelta(seconds=60),
    alias="within",
    description="How long the platform may take to have every replica back and ready.",
    examples=["60s"],
)
_SHARE = Field(1.0, description="Share of the requests that it hits.", examples=[0.2])
_SEED = Field(1, description="Chooses which requests are hit.", examples=[1])


def _one_of(choices: tuple[int, ...]) -> Any:
    def chosen(value: object) -> object:
        if isinstance(value, str) and value in map(str, choices):
            raise ValueError(f"{value!r} is text; write {value} without quotes")
        if value not in choices or isinstance(value, bool):
            allowed = ", ".join(map(str, choices))
            raise ValueError(f"{str(value)[:40]} cannot be armed; use one of {allowed}")
        return value

    schema = {"type": "integer", "enum": list(choices)}
    return Annotated[int, BeforeValidator(chosen), WithJsonSchema(schema)]


def _between(least: float, most: float) -> Any:
    return Annotated[float, Field(ge=least, le=most, allow_inf_nan=False, strict=True)]


_TYPES: dict[Form, Callable[[Parameter], Any]] = {
    Form.DURATION: lambda one: PositiveDuration if one.least else Duration,
    Form.NUMBER: lambda one: _between(one.least, one.most),
    Form.SIZE: lambda _: Size,
    Form.CHOICE: lambda one: _one_of(one.choices),
}


def _parameter(one: Parameter) -> tuple[Any, Any]:
    """Its type, and what else pydantic has to know."""
    its_type = _TYPES[one.form](one)
    default = None if one.is_optional else ... if one.default is None else one.default
    field = Field(default, alias=one.key or None, description=one.meaning, examples=[one.example])
    return its_type | None if one.is_optional else its_type, field


def _document(kind: FaultKind) -> type[FaultDocument]:
    """The model of one kind; its keys are named as the fields of a `Fault`."""
    spec = kind.spec
    time = _WITHIN if spec.is_instant else _FOR if spec.takes_target else _LASTS
    fields: dict[str, Any] = {
        **({"target": (TargetDocument, _TARGET)} if spec.takes_target else {}),
        "duration": (PositiveDuration, time),
        **({"share": (Ratio, _SHARE), "seed": (Seed, _SEED)} if spec.counts_hits else {}),
        "kind": (Literal[kind.value], ...),
        **{one.name: _parameter(one) for one in spec.parameters},
    }
    name = kind.title().replace("-", "") + "FaultDocument"
    return create_model(name, __base__=FaultDocument, __doc__="", **fields)


_EVERY: Any = functools.reduce(operator.or_, map(_document, FaultKind))
_BY_KIND: Any = Annotated[_EVERY, Field(discriminator="kind")]
AnyFault = Annotated[
    FaultDocument, GetPydanticSchema(lambda _, handler: handler.generate_schema(_BY_KIND))
]
