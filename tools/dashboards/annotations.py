"""Game days on every picture: which phase, of which experiment, as the janitor tells Prometheus."""

from collections.abc import Iterator

from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as model

PHASES = "ironclad_game_day_phase"
_COLOURS = {"baseline": "blue", "fault": "red", "recovery": "green"}


class PrometheusAnnotation(model.AnnotationQuery):
    """The SDK has no builder for what a Prometheus annotation has beside its expression."""

    def to_json(self) -> dict[str, object]:
        return super().to_json() | {
            "titleFormat": "{{experiment}}: {{phase}}",
            "textFormat": "{{run}}",
            "tagKeys": "experiment,phase",
            "step": "5s",
            "useValueForTime": False,
        }


class Made(Builder[model.AnnotationQuery]):
    """A value in the form that a dashboard's builder takes."""

    def __init__(self, value: model.AnnotationQuery) -> None:
        self._value = value

    def build(self) -> model.AnnotationQuery:
        return self._value


def annotations() -> Iterator[Made]:
    """Give one for each phase, so that each has a colour and a switch of its own."""
    for phase, colour in _COLOURS.items():
        yield Made(
            PrometheusAnnotation(
                name=f"Game day: {phase}",
                datasource=model.DataSourceRef(type_val="prometheus", uid="prometheus"),
                enable=True,
                icon_color=colour,
                expr=f'{PHASES}{{phase="{phase}"}}',
            )
        )
